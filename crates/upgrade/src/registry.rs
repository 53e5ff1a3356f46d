//! Which releases of registry modules cannot live with AWS provider 5 or 6, from `registry.tsv`.

use std::sync::LazyLock;

use crate::module::RegistryCall;
use crate::module::{is_upper, relation};
use terraform::constraint::{Bounds, Constraint, Dialect, Term, Version};

/// Text that every source of the table contains one of: what a file is searched for.
pub const SOURCES: [&str; 2] = ["terraform-aws-modules/", "unfunco/oidc-github/aws"];

/// One module of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
struct RegistryModule {
    source: &'static str,
    /// Releases that require a provider below 5.
    below_5: Vec<Bounds>,
    /// Releases that pass init with provider 5 and fail validate.
    fail_on_5: Vec<Bounds>,
    /// What they fail by.
    because: &'static str,
    /// The first release that requires provider 6.
    need_6: Option<Version>,
    /// The newest release that lives with provider 5.
    last_on_5: Version,
    /// The lowest provider release that this one takes.
    floor_on_5: Version,
    /// Releases that live with provider 5 and fail with 6.
    fail_on_6: Vec<Bounds>,
}

/// Releases and what is wrong with them.
type Span = (Bounds, Incompatibility);

static TABLE: LazyLock<Vec<RegistryModule>> =
    LazyLock::new(|| rows().filter_map(RegistryModule::parse).collect());

fn rows() -> impl Iterator<Item = &'static str> {
    let lines = include_str!("registry.tsv").lines();
    lines.filter(|line| !line.starts_with('#'))
}

/// Why the release that Terraform selects for a call cannot live with the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incompatibility {
    /// It requires an older major: init fails.
    TooOld,
    /// It passes init and fails: by these arguments, where they are known.
    Fails(Option<&'static str>),
    /// It requires a newer major than the one meant: init fails.
    TooNew {
        /// The first release that does, where the call admits older ones that live: the upper
        /// bound that it lacks.
        bound: Option<Version>,
    },
    /// It requires this release or a later one, and the tree's constraints admit none.
    TooLow(Version),
}

/// The releases of the provider that a call needs and those that it gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// What is wrong.
    pub trouble: Incompatibility,
    /// The major that the provider is kept inside of.
    pub major: u64,
    /// The releases of the module that can live with it, as a constraint; `None` where none is
    /// known.
    pub able: Option<String>,
}

impl Conflict {
    /// The rest of a sentence about the call.
    pub fn said(&self) -> String {
        let major = self.major;
        match &self.trouble {
            Incompatibility::TooOld => {
                format!("requires a provider below {major}: init fails with {major}")
            }
            Incompatibility::Fails(None) => format!("fails with provider {major}"),
            Incompatibility::Fails(Some(by)) => {
                format!("passes init with provider {major} and fails validate, by {by}")
            }
            Incompatibility::TooNew { .. } => {
                let next = major + 1;
                format!("selects a release that requires provider {next}: init fails with {major}")
            }
            Incompatibility::TooLow(floor) => {
                format!("selects a release that requires provider {floor}, which is not admitted")
            }
        }
    }
}

/// Whether the table knows the module.
pub fn is_known(source: &str) -> bool {
    known(source).is_some()
}

fn known(source: &str) -> Option<&'static RegistryModule> {
    TABLE.iter().find(|known| known.source == source)
}

/// The major inside of which `provider` lies, where the table speaks of it.
pub fn major(provider: &Bounds) -> Option<u64> {
    [5, 6].into_iter().find(|major| {
        provider.is_within(&Bounds {
            lower: Version::new(*major, 0, 0),
            upper: Some(Version::new(major + 1, 0, 0)),
        })
    })
}

/// What keeps a call from living with a provider of these releases. Of the releases that a call
/// admits Terraform takes the newest, whatever that requires.
pub fn conflict(call: &RegistryCall, provider: &Bounds) -> Option<Conflict> {
    let known = known(&call.module)?;
    let admitted = call.admitted()?;
    let major = major(provider)?;
    let spans = known.spans(major, call.submodule.is_empty());
    let trouble = match newest(&spans, &admitted) {
        Some((span, Incompatibility::TooNew { .. })) => {
            let older = Bounds::new(Version::new(0, 0, 0), Some(span.lower.clone()));
            let older = older.and_then(|older| older.intersection(&admitted));
            let lives = older.is_some_and(|older| newest(&spans, &older).is_none());
            let bound = lives.then(|| span.lower.clone());
            Some(Incompatibility::TooNew { bound })
        }
        Some((_, trouble)) => Some(trouble.clone()),
        None => floor(call)
            .filter(|floor| provider.is_below(floor))
            .map(Incompatibility::TooLow),
    };
    Some(Conflict {
        trouble: trouble?,
        major,
        able: able(&spans),
    })
}

/// The span in which the newest of the admitted releases lies.
fn newest<'s>(spans: &'s [Span], admitted: &Bounds) -> Option<&'s Span> {
    let mut spans = spans.iter();
    spans.find(|(span, _)| {
        let has_newer = span
            .upper
            .as_ref()
            .is_some_and(|upper| !admitted.is_below(upper));
        span.intersects(admitted) && !has_newer
    })
}

/// The newest releases that are in no span, as a constraint.
fn able(spans: &[Span]) -> Option<String> {
    let from = spans
        .iter()
        .filter_map(|(span, _)| span.upper.as_ref())
        .max();
    let below = spans.iter().find(|(span, _)| span.upper.is_none());
    match (from, below) {
        (None, None) => None,
        (Some(from), None) => Some(format!(">= {from}")),
        (None, Some((span, _))) => Some(format!("< {}", span.lower)),
        (Some(from), Some((span, _))) => Some(format!(">= {from}, < {}", span.lower)),
    }
}

/// The lowest release of provider 5 that the newest admitted release of a module takes, where the
/// table knows it.
pub fn floor(call: &RegistryCall) -> Option<Version> {
    let known = known(&call.module)?;
    let admitted = call.admitted()?;
    let is_last = admitted.contains(&known.last_on_5)
        && known
            .need_6
            .as_ref()
            .is_none_or(|from| admitted.is_below(from));
    is_last.then(|| known.floor_on_5.clone())
}

/// The version of a call with the upper bound that it lacks. Operators, precision and spacing stay;
/// a call without version gets the newest minor release that lives with provider 5, as `~>`.
pub fn bounded(call: &RegistryCall, below: &Version) -> Option<String> {
    let Some(text) = &call.version else {
        let last = &known(&call.module)?.last_on_5;
        return Some(format!("~> {}.{}", last.major, last.minor));
    };
    let constraint = Constraint::parse(text, Dialect::Module).ok()?;
    let ceiling = |term: &Term| match term.segments {
        1 if below.minor == 0 => below.major.to_string(),
        2 => format!("{}.{}", below.major, below.minor),
        _ => below.to_string(),
    };
    let bound = |term: &Term| relation(text, term, "<", &ceiling(term));
    if let Some(upper) = constraint.terms.iter().find(|term| is_upper(term)) {
        let (before, behind) = (&text[..upper.range.start], &text[upper.range.end..]);
        return Some(format!("{before}{}{behind}", bound(upper)));
    }
    let (first, last) = (constraint.terms.first()?, constraint.terms.last()?);
    let separator = constraint.terms.get(1).map_or(", ", |next| {
        let between = &text[first.range.end..next.range.start];
        between.trim_start()
    });
    let (before, behind) = text.split_at(last.range.end);
    Some(format!("{before}{separator}{}{behind}", bound(first)))
}

impl RegistryModule {
    fn parse(row: &'static str) -> Option<Self> {
        let columns: Vec<&str> = row.split('\t').collect();
        let [
            source,
            below_5,
            fail_on_5,
            because,
            need_6,
            last,
            floor,
            fail_on_6,
        ] = columns.as_slice()
        else {
            return None;
        };
        Some(Self {
            source,
            below_5: spans(below_5)?,
            fail_on_5: spans(fail_on_5)?,
            because,
            need_6: match *need_6 {
                "-" => None,
                from => Some(Version::parse(from).ok()?),
            },
            last_on_5: Version::parse(last).ok()?,
            floor_on_5: Version::parse(floor).ok()?,
            fail_on_6: spans(fail_on_6)?,
        })
    }

    /// The releases that cannot live with a major of the provider. What fails validate is the
    /// module itself: its submodules are not known to.
    fn spans(&self, major: u64, is_whole: bool) -> Vec<Span> {
        let below = self.below_5.iter();
        let mut spans: Vec<_> = below
            .map(|span| (span.clone(), Incompatibility::TooOld))
            .collect();
        if is_whole {
            let by = Incompatibility::Fails(Some(self.because));
            spans.extend(self.fail_on_5.iter().map(|span| (span.clone(), by.clone())));
        }
        if major == 5 {
            let from = self.need_6.clone().and_then(|from| Bounds::new(from, None));
            spans.extend(from.map(|span| (span, Incompatibility::TooNew { bound: None })));
        } else if is_whole {
            let fail = self.fail_on_6.iter();
            spans.extend(fail.map(|span| (span.clone(), Incompatibility::Fails(None))));
        }
        spans
    }
}

/// `2.6.0 < 2.12.0, 8.0.0 < 8.3.0`: releases from one on and below the other.
fn spans(text: &str) -> Option<Vec<Bounds>> {
    if text == "-" {
        return Some(Vec::new());
    }
    let spans = text.split(", ").map(|span| {
        let (from, below) = span.split_once(" < ")?;
        let (from, below) = (Version::parse(from).ok()?, Version::parse(below).ok()?);
        Bounds::new(from, Some(below))
    });
    spans.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider;

    fn call(module: &str, version: Option<&str>) -> RegistryCall {
        let (module, submodule) = module.split_once("//").unwrap_or((module, ""));
        let namespace = if module.contains('/') { "" } else { SOURCES[0] };
        let suffix = if module.contains('/') { "" } else { "/aws" };
        RegistryCall {
            module: format!("{namespace}{module}{suffix}"),
            submodule: submodule.to_owned(),
            version: version.map(str::to_owned),
            arguments: Vec::new(),
        }
    }

    fn said(module: &str, version: Option<&str>, provider: &str) -> String {
        let provider = provider::bounds(provider).unwrap();
        match conflict(&call(module, version), &provider) {
            None => "lives".to_owned(),
            Some(found) => {
                let trouble = match found.trouble {
                    Incompatibility::TooOld => "too old".to_owned(),
                    Incompatibility::Fails(by) => format!("fails {}", by.unwrap_or_default()),
                    Incompatibility::TooNew { bound: None } => "too new".to_owned(),
                    Incompatibility::TooNew { bound: Some(bound) } => format!("bound {bound}"),
                    Incompatibility::TooLow(floor) => format!("too low {floor}"),
                };
                format!("{}: {}", trouble.trim(), found.able.unwrap_or_default())
            }
        }
    }

    #[test]
    fn every_row_is_read_and_searched_for() {
        for row in rows() {
            let known = RegistryModule::parse(row).expect(row);
            assert!(SOURCES.iter().any(|part| known.source.contains(part)));
            let spans = known.spans(5, true);
            let last = Bounds::new(Version::new(0, 0, 0), known.need_6.clone()).unwrap();
            assert_eq!(newest(&spans, &last), None, "{row}: the last release lives");
            for span in spans.windows(2) {
                assert!(!span[0].0.intersects(&span[1].0), "{row}: spans overlap");
            }
            assert!(known.need_6.is_none_or(|from| known.last_on_5 < from));
        }
        assert_eq!(TABLE.len(), 30);
    }

    #[test]
    fn what_terraform_selects_decides() {
        for (module, version, expected) in [
            ("acm", Some("2.8.0"), "too old: >= 2.12.0, < 6.0.0"),
            ("acm", Some("~> 2.11.0"), "too old: >= 2.12.0, < 6.0.0"),
            ("acm", Some("~> 2.0"), "lives"),
            ("acm", Some("~> 5.0"), "lives"),
            ("acm", Some(">= 4.0"), "bound 6.0.0: >= 2.12.0, < 6.0.0"),
            (
                "acm",
                Some(">= 4.0, < 7"),
                "bound 6.0.0: >= 2.12.0, < 6.0.0",
            ),
            ("acm", Some("~> 6.0"), "too new: >= 2.12.0, < 6.0.0"),
            ("acm", None, "bound 6.0.0: >= 2.12.0, < 6.0.0"),
            (
                "eks",
                Some("~> 12.0"),
                "fails aws_autoscaling_group.tags: >= 18.6.1, < 21.0.0",
            ),
            ("eks", Some("~> 17.0"), "lives"),
            ("eks", Some("~> 18.0"), "lives"),
            (
                "eks",
                Some("18.2.0"),
                "fails aws_autoscaling_group.tags: >= 18.6.1, < 21.0.0",
            ),
            ("eks//modules/karpenter", Some("18.2.0"), "lives"),
            ("eks", Some("~> 20"), "bound 21.0.0: >= 18.6.1, < 21.0.0"),
            (
                "iam//modules/iam-user",
                None,
                "bound 6.0.0: >= 2.23.0, < 6.0.0",
            ),
            (
                "unfunco/oidc-github/aws",
                Some("1.3.1"),
                "too old: >= 1.4.0, < 2.0.0",
            ),
            ("unfunco/oidc-github/aws", Some("1.8.0"), "lives"),
            (
                "unfunco/oidc-github/aws",
                Some("2.0.0"),
                "too new: >= 1.4.0, < 2.0.0",
            ),
            ("cloudwatch", None, "lives"),
            ("someone/else/aws", None, "lives"),
            ("acm", Some("latest"), "lives"),
        ] {
            assert_eq!(
                said(module, version, "~> 5.0"),
                expected,
                "{module} {version:?}"
            );
        }
    }

    #[test]
    fn the_provider_has_to_reach_what_the_release_takes() {
        let eks = |version, provider| said("eks", Some(version), provider);
        let low = "too low 5.95.0: >= 18.6.1, < 21.0.0";
        assert_eq!(eks("~> 20.0", "~> 5.31.0"), low);
        assert_eq!(eks("~> 20.0", ">= 5.31, < 5.95"), low);
        assert_eq!(eks("~> 20.0", "~> 5.31"), "lives");
        assert_eq!(
            eks("20.8.0", "~> 5.31.0"),
            "lives",
            "what it takes is not known"
        );
        assert_eq!(
            eks("2.8.0", ">= 4.0"),
            "lives",
            "the provider has no one major"
        );
    }

    #[test]
    fn provider_6_has_ranges_of_its_own() {
        for (module, version, expected) in [
            ("eks", Some("~> 17.0"), "fails: >= 20.37.1"),
            ("eks", Some("~> 20.0"), "lives"),
            (
                "eks",
                Some("~> 12.0"),
                "fails aws_autoscaling_group.tags: >= 20.37.1",
            ),
            ("ec2-instance", Some("5.8.0"), "fails: >= 6.0.0"),
            ("ec2-instance", None, "lives"),
            ("acm", Some("2.8.0"), "too old: >= 2.12.0"),
            ("acm", Some("~> 6.0"), "lives"),
        ] {
            assert_eq!(
                said(module, version, "~> 6.0"),
                expected,
                "{module} {version:?}"
            );
        }
    }

    #[test]
    fn a_bound_keeps_operator_precision_and_spacing() {
        let six = Version::new(6, 0, 0);
        for (version, expected) in [
            (">= 5.0", ">= 5.0, < 6.0"),
            (">= 5.0.0", ">= 5.0.0, < 6.0.0"),
            (">=5", ">=5, <6"),
            ("~> 5", "~> 5, < 6"),
            ("> 4.1", "> 4.1, < 6.0"),
            (">= 4.0, < 8.0", ">= 4.0, < 6.0"),
            (">=4.0,<=7.1.0", ">=4.0,<6.0.0"),
            ("<8.0, >=4.0", "<6.0, >=4.0"),
            (">= 5.0, != 5.1.0", ">= 5.0, != 5.1.0, < 6.0"),
            (" >= v5.0 ", " >= v5.0, < v6.0 "),
        ] {
            let bounded = bounded(&call("acm", Some(version)), &six).unwrap();
            assert_eq!(bounded, expected, "{version}");
        }
        assert_eq!(bounded(&call("acm", None), &six).as_deref(), Some("~> 5.2"));
    }
}
