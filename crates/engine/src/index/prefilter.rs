//! The byte search that decides whether a file is looked into.

use memchr::memmem::Finder;

use super::any_word::AnyWord;
use crate::settings::Settings;
use upgrade::registry::SOURCES;

/// Whether a configuration file may hold something that matters: a search for words, so that most
/// files are never looked into.
#[derive(Debug)]
pub struct Prefilter {
    provider: Finder<'static>,
    cloud: Finder<'static>,
    module: Finder<'static>,
    region: Finder<'static>,
    comment: Finder<'static>,
    heredoc: Finder<'static>,
    /// Words with the texts of which one has to follow, where that spares searches.
    followed: [(Finder<'static>, &'static [&'static [u8]]); 2],
    words: AnyWord,
}

impl Prefilter {
    /// The filter for what the configuration upgrades.
    pub fn new(settings: &Settings) -> Self {
        let modules = settings.upgrade.modules.keys().map(String::as_str);
        let modules = modules.chain(SOURCES).map(str::as_bytes);
        let words: [&[u8]; 3] = [b"required_version", b"backend", b"\"s3:"];
        // Local sources, and buckets.
        let followed: [(&[u8], &[&[u8]]); 2] = [
            (b"\".", &[b"/", b"./", b"\"", b".\""]),
            (b"amazonaws.com", &[b"/", b".cn/"]),
        ];
        Self {
            provider: Finder::new(b"provider"),
            cloud: Finder::new(b"cloud"),
            module: Finder::new(b"module"),
            region: Finder::new(b"region"),
            comment: Finder::new(b"/*"),
            heredoc: Finder::new(b"<<"),
            followed: followed.map(|(word, next)| (Finder::new(word), next)),
            words: AnyWord::of(words.into_iter().chain(modules)),
        }
    }

    /// Whether the file's content matters, or may not close.
    pub fn admits(&self, content: &[u8]) -> bool {
        self.has_provider(content)
            || self.has_cloud(content)
            || Self::begins_a_line(&self.module, content)
            || Self::begins_a_line(&self.region, content)
            || self.words.is_in(content)
            || self.followed.iter().any(|(word, next)| {
                let mut found = word.find_iter(content);
                found.any(|at| {
                    let behind = &content[at + word.needle().len()..];
                    next.iter().any(|next| behind.starts_with(next))
                })
            })
            || self.may_not_close(content)
    }

    /// Whether a line of the file begins with the word: a `module` block, or an argument `region`. As
    /// part of references, names and text both words are in many files.
    fn begins_a_line(word: &Finder<'_>, content: &[u8]) -> bool {
        word.find_iter(content).any(|at| {
            let behind = content[at + word.needle().len()..].first();
            let is_word = behind.is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'"' | b'='));
            let before = content[..at].trim_ascii_end().len();
            is_word && (before == 0 || content[before..at].contains(&b'\n'))
        })
    }

    /// Whether a `cloud` block may stand in the file. Its word alone, as in `cloudwatch`, is in a
    /// third of all files.
    fn has_cloud(&self, content: &[u8]) -> bool {
        self.cloud.find_iter(content).any(|at| {
            let behind = content[at + b"cloud".len()..].trim_ascii_start();
            let is_start =
                at == 0 || content[at - 1].is_ascii_whitespace() || content[at - 1] == b'{';
            is_start && behind.first() == Some(&b'{')
        })
    }

    /// Whether the file may not close, at the price of counting: an odd bracket or quote, a
    /// heredoc without its end, any `/*`. Few files are looked into for that.
    fn may_not_close(&self, content: &[u8]) -> bool {
        let count = |byte| memchr::memchr_iter(byte, content).count();
        let brackets = [(b'{', b'}'), (b'[', b']'), (b'(', b')')];
        brackets
            .iter()
            .any(|(open, close)| count(*open) != count(*close))
            || count(b'"') % 2 == 1
            || self.comment.find(content).is_some()
            || !self
                .heredoc
                .find_iter(content)
                .all(|at| heredoc_ends(&content[at + 2..]))
    }

    /// Whether a provider block or `required_providers` may stand in the file. The argument
    /// `provider = ...`, which many resources have, is neither.
    fn has_provider(&self, content: &[u8]) -> bool {
        self.provider.find_iter(content).any(|at| {
            let behind = &content[at + b"provider".len()..];
            let is_longer = behind
                .first()
                .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
            let is_argument = behind.trim_ascii_start().first() == Some(&b'=');
            content[..at].ends_with(b"required_") || !is_longer && !is_argument
        })
    }
}

/// Whether the marker behind `<<` stands again at the end of a line.
fn heredoc_ends(behind: &[u8]) -> bool {
    let behind = behind.strip_prefix(b"-").unwrap_or(behind);
    let length = behind
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_');
    let (marker, rest) = behind.split_at(length.count());
    let mut again = memchr::memmem::find_iter(rest, marker);
    !marker.is_empty() && again.any(|at| rest[at + marker.len()..].starts_with(b"\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefilter_lets_pass_what_could_matter() {
        let settings = Settings::default();
        let filter = Prefilter::new(&settings);
        for matters in [
            "provider \"aws\" {",
            "provider aws {",
            "provider s {",
            "provider\t\"aws\"{}",
            "required_providers{",
            "terraform { cloud {} }",
            "source = \"../x\"",
            "source = \"./x\"",
            "source = \"..\"",
            "source = \".\"",
            "source = \"https://b.s3.amazonaws.com/x.zip\"",
            "source = \"https://b.s3.cn-north-1.amazonaws.com.cn/x.zip\"",
            "backend s3 {",
            "module \"x\" {\n  source = \"git::x\"\n}\n",
            "}\r\n\r\nmodule x {",
            "resource \"aws_vpc\" \"x\" {\n  region = \"a\"\n}",
            "source = \"terraform-aws-modules/vpc/aws\"",
            "a {\n  b {\n}\n",
            "a = [1\n",
            "a = \"x\n",
            "a = <<EOF\nEOF",
            "a = <<-EOF\n EOF x\n",
            "/* a",
        ] {
            assert!(filter.admits(matters.as_bytes()), "{matters}");
        }
        for rest in [
            "provider = aws.us",
            "  providers = {}",
            "a = <<-EOF\n  { }\n  EOF\n",
            "oidc_provider_arn = 1",
            "x = module.y.z",
            "  x = var.region\n  region_name = 1",
            "cloudwatch { a = 1 }",
            "\"arn:aws:s3:::b\"",
            "\"ec2.amazonaws.com\"",
        ] {
            assert!(!filter.admits(rest.as_bytes()), "{rest}");
        }
    }
}
