//! The repository's own configuration, and what of it git may read when this program runs it.
//!
//! A repository that somebody else made may name programs in it (`man git-config`: `filter.*`,
//! `gpg.program`, `core.sshCommand` and dozens more). So git gets none of it but what is [`CARRIED`].

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

/// The keys that git may read from the repository's own configuration, in git's spelling; `*` stands
/// for any text. They say how the repository is stored, how files become blobs, and who commits. None
/// names a program. `core.attributesFile` names a file that is only read.
const CARRIED: [&str; 28] = [
    "attr.tree",
    "author.email",
    "author.name",
    "committer.email",
    "committer.name",
    "core.attributesfile",
    "core.autocrlf",
    "core.checkroundtripencoding",
    "core.checkstat",
    "core.eol",
    "core.filemode",
    "core.ignorecase",
    "core.logallrefupdates",
    "core.precomposeunicode",
    "core.repositoryformatversion",
    "core.safecrlf",
    "core.sharedrepository",
    "core.sparsecheckout",
    "core.sparsecheckoutcone",
    "core.symlinks",
    "core.trustctime",
    "extensions.*",
    "index.sparse",
    // A partial clone lacks objects by right.
    "remote.*.promisor",
    // The user's configuration may choose an identity by it (`includeIf "hasconfig:remote.*.url:"`).
    "remote.*.url",
    "user.email",
    "user.name",
    "user.useconfigonly",
];

/// Settings about signatures that a repository's own configuration may have, and which are not used.
const SIGNING: [&str; 3] = ["commit.gpgsign", "gpg.", "user.signingkey"];

/// A setting: a key in git's spelling (section and name in lower case), and its value; one without
/// `=` has none.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    key: Vec<u8>,
    value: Option<Vec<u8>>,
}

/// What git's configuration says.
#[derive(Debug, Default)]
pub struct Configuration {
    /// The repository's own settings, in their order.
    own: Vec<Entry>,
    /// Those of the system, the user and the environment; empty where `own` defines no filter, since
    /// only filters are compared.
    caller: Vec<Entry>,
}

impl Configuration {
    /// The configuration of a repository whose own file has this text; `None` where git has to be asked: a
    /// file that takes in others, has filters or is written in a way that only git reads.
    pub fn plain(text: &str) -> Option<Self> {
        let mut own = Vec::new();
        let mut section = None;
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            if let Some(header) = line.strip_prefix('[') {
                section = Some(plain_section(header.strip_suffix(']')?)?);
                continue;
            }
            let (name, value) = line.split_once('=')?;
            let (name, value) = (name.trim_end(), value.trim_start());
            if !is_word(name) || value.contains(['"', '\\', '#', ';']) {
                return None;
            }
            let key = format!("{}.{}", section.as_deref()?, name.to_ascii_lowercase());
            own.push(Entry {
                key: key.into_bytes(),
                value: Some(value.as_bytes().to_vec()),
            });
        }
        let plain = Self {
            own,
            caller: Vec::new(),
        };
        let is_elsewhere = |key: &str| plain.value(key).is_some_and(|value| value != b"false");
        let elsewhere = ["core.bare", "core.worktree", "extensions.worktreeconfig"];
        (!elsewhere.into_iter().any(is_elsewhere)).then_some(plain)
    }

    /// What `git config --list --show-scope -z` writes.
    pub fn listed(text: &[u8]) -> Self {
        let mut configuration = Self::default();
        let mut fields = text.split(|&byte| byte == 0);
        while let (Some(scope), Some(setting)) = (fields.next(), fields.next()) {
            let mut parts = setting.splitn(2, |&byte| byte == b'\n');
            let entry = Entry {
                key: parts.next().unwrap_or_default().to_vec(),
                value: parts.next().map(<[u8]>::to_vec),
            };
            match scope {
                b"local" | b"worktree" => configuration.own.push(entry),
                _ => configuration.caller.push(entry),
            }
        }
        configuration
    }

    /// What git may read of the repository's own configuration, as a file of it.
    pub fn carried(&self) -> Vec<u8> {
        let carried = self.own.iter().filter(|entry| entry.is_carried());
        carried.flat_map(Entry::text).collect()
    }

    /// One setting, as a part of a file.
    pub fn setting(key: &str, value: &[u8]) -> Vec<u8> {
        let entry = Entry {
            key: key.as_bytes().to_vec(),
            value: Some(value.to_vec()),
        };
        entry.text()
    }

    /// Whether git takes the executable bit of a file for a part of it.
    pub fn has_file_modes(&self) -> bool {
        self.value("core.filemode")
            .is_none_or(|value| !is_false(value))
    }

    /// Whether the repository's own configuration says anything of signatures that is not used.
    pub fn has_signing(&self) -> bool {
        self.own.iter().any(|entry| {
            let is_signing = SIGNING.iter().any(|key| match key.strip_suffix('.') {
                Some(_) => entry.key.starts_with(key.as_bytes()),
                None => entry.key == key.as_bytes(),
            });
            is_signing && !entry.is_carried()
        })
    }

    /// The filters (`filter.NAME`) that the repository's own configuration defines otherwise than the
    /// user's, by name: git does not run these.
    pub fn filters(&self) -> BTreeSet<Vec<u8>> {
        let own = self.own.iter().filter(|entry| {
            let mut others = self.caller.iter().rev();
            let other = others.find(|other| other.key == entry.key);
            other.is_none_or(|other| other.value != entry.value)
        });
        own.filter_map(|entry| {
            let key = entry.key.strip_prefix(b"filter.")?;
            Some(key[..memchr::memrchr(b'.', key)?].to_vec())
        })
        .collect()
    }

    /// The last value of a key: the one that counts.
    fn value(&self, key: &str) -> Option<&[u8]> {
        let mut all = self.caller.iter().chain(&self.own).rev();
        let entry = all.find(|entry| entry.key == key.as_bytes())?;
        entry.value.as_deref()
    }
}

impl Entry {
    /// As a part of a file.
    fn text(&self) -> Vec<u8> {
        let mut parts = self.key.splitn(2, |&byte| byte == b'.');
        let section = parts.next().unwrap_or_default();
        let rest = parts.next().unwrap_or_default();
        let (below, name) = match memchr::memrchr(b'.', rest) {
            Some(dot) => (Some(&rest[..dot]), &rest[dot + 1..]),
            None => (None, rest),
        };
        let mut text = [b"[", section].concat();
        if let Some(below) = below {
            text.push(b' ');
            text.extend(quoted(below));
        }
        text.extend(b"]\n\t");
        text.extend(name);
        if let Some(value) = &self.value {
            text.extend(b" = ");
            text.extend(quoted(value));
        }
        text.push(b'\n');
        text
    }

    fn is_carried(&self) -> bool {
        let is = |key: &str| self.key == key.as_bytes();
        // Carried out already: the settings of the work tree are among these.
        if is("extensions.worktreeconfig") {
            return false;
        }
        // Not to sign is everybody's to ask.
        if is("commit.gpgsign") {
            return self.value.as_deref().is_some_and(is_false);
        }
        CARRIED.iter().any(|carried| match carried.split_once('*') {
            Some((begin, end)) => {
                let rest = self.key.strip_prefix(begin.as_bytes());
                rest.is_some_and(|rest| rest.ends_with(end.as_bytes()))
            }
            None => is(carried),
        })
    }
}

/// The section of a header's text between the brackets, as keys begin with it.
fn plain_section(header: &str) -> Option<String> {
    let (name, below) = match header.split_once(' ') {
        None => (header, None),
        Some((name, below)) => {
            let below = below.strip_prefix('"')?.strip_suffix('"')?;
            (name, Some(below))
        }
    };
    let name = name.to_ascii_lowercase();
    if !is_word(&name) || matches!(&*name, "filter" | "include" | "includeif") {
        return None;
    }
    match below {
        None => Some(name),
        Some(below) if below.contains(['"', '\\']) => None,
        Some(below) => Some(format!("{name}.{below}")),
    }
}

fn is_word(name: &str) -> bool {
    let mut bytes = name.bytes();
    !name.is_empty() && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_false(value: &[u8]) -> bool {
    let value = value.to_ascii_lowercase();
    matches!(&*value, b"" | b"0" | b"false" | b"no" | b"off")
}

/// A text in double quotes, as git's configuration has it.
fn quoted(text: &[u8]) -> Vec<u8> {
    let mut quoted = vec![b'"'];
    for &byte in text {
        match byte {
            b'\n' => quoted.extend(b"\\n"),
            b'"' | b'\\' => quoted.extend([b'\\', byte]),
            _ => quoted.push(byte),
        }
    }
    quoted.push(b'"');
    quoted
}
