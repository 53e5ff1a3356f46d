//! The address forms in which Terraform configurations name a module in an S3 bucket.

/// A module's place in S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Address {
    /// The bucket.
    pub bucket: String,
    /// Key of the archive, without a leading slash.
    pub key: String,
    /// Directory inside the archive, empty for the archive itself.
    pub subdirectory: String,
    /// Query parameters, in order.
    pub parameters: Vec<(String, String)>,
}

impl S3Address {
    /// Reads a module source; `None` where it names no S3 object.
    pub fn parse(source: &str) -> Option<Self> {
        let forced = source.strip_prefix("s3::");
        let address = forced.unwrap_or(source);
        // go-getter, which Terraform fetches modules with: `s3::` forces the getter, `?` begins its
        // parameters, and `//` parts the archive from a directory in it.
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let is_url = path.starts_with("https://") || path.starts_with("http://");
        let (bucket, rest) = if let Some(rest) = path.strip_prefix("s3://") {
            rest.split_once('/')?
        } else if let Some(rest) = forced.and_then(|_| path.strip_prefix('/')) {
            rest.split_once('/')?
        } else if is_url && forced.is_none() {
            // A plain URL is fetched without credentials.
            return None;
        } else {
            let path = path
                .trim_start_matches("https://")
                .trim_start_matches("http://");
            let (host, rest) = path.split_once('/')?;
            match bucket_of(host)? {
                "" => rest.split_once('/')?,
                bucket => (bucket, rest),
            }
        };
        let (key, subdirectory) = rest.split_once("//").unwrap_or((rest, ""));
        let key = key.trim_start_matches('/');
        if bucket.is_empty() || key.is_empty() {
            return None;
        }
        // Go's url.ParseQuery passes over empty pairs, too.
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (name.to_owned(), value.to_owned())
        };
        Some(Self {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            subdirectory: subdirectory.trim_matches('/').to_owned(),
            parameters: pairs.map(pair).collect(),
        })
    }

    /// The value of a query parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let mut parameters = self.parameters.iter();
        let found = parameters.find(|(parameter, _)| parameter == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// The bucket in the host name of an S3 endpoint: empty where the path names it, `None` for a
/// host that is not S3.
fn bucket_of(host: &str) -> Option<&str> {
    let host = host.split(':').next()?;
    let service = [".amazonaws.com.cn", ".amazonaws.com"];
    let name = service
        .iter()
        .find_map(|service| host.strip_suffix(service))?;
    let is_endpoint = |label: &str| label == "s3" || label.starts_with("s3-");
    let labels: Vec<&str> = name.split('.').collect();
    // [bucket ...] s3 | s3-REGION | s3.REGION | s3.dualstack.REGION
    let endpoint = labels.iter().rposition(|label| is_endpoint(label))?;
    if labels.len() - endpoint > 3 {
        return None;
    }
    let length: usize = labels[..endpoint].iter().map(|label| label.len() + 1).sum();
    Some(&name[..length.saturating_sub(1)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_names_bucket_and_key() {
        for source in [
            "s3::/bu.cket/vpc/1.2.0.zip",
            "s3::https://s3.amazonaws.com/bu.cket/vpc/1.2.0.zip",
            "s3::https://s3-eu-west-1.amazonaws.com/bu.cket/vpc/1.2.0.zip",
            "s3::https://s3.eu-west-1.amazonaws.com/bu.cket/vpc/1.2.0.zip",
            "s3::https://s3.dualstack.eu-west-1.amazonaws.com/bu.cket/vpc/1.2.0.zip",
            "s3::https://bu.cket.s3-eu-west-1.amazonaws.com/vpc/1.2.0.zip",
            "s3::https://bu.cket.s3.eu-west-1.amazonaws.com/vpc/1.2.0.zip",
            "s3::https://bu.cket.s3.amazonaws.com/vpc/1.2.0.zip",
            "s3::https://s3.cn-north-1.amazonaws.com.cn/bu.cket/vpc/1.2.0.zip",
            "s3::s3-eu-west-1.amazonaws.com/bu.cket/vpc/1.2.0.zip",
            "s3.amazonaws.com/bu.cket/vpc/1.2.0.zip",
            "bu.cket.s3.amazonaws.com/vpc/1.2.0.zip",
            "s3-eu-west-1.amazonaws.com/bu.cket/vpc/1.2.0.zip",
            "s3::s3://bu.cket/vpc/1.2.0.zip",
            "s3://bu.cket/vpc/1.2.0.zip",
        ] {
            let address = S3Address::parse(source).expect(source);
            assert_eq!(
                (address.bucket.as_str(), address.key.as_str()),
                ("bu.cket", "vpc/1.2.0.zip"),
                "{source}"
            );
            assert_eq!(address.subdirectory, "", "{source}");
        }
    }

    #[test]
    fn subdirectory_and_parameters_are_taken_apart() {
        let source = "s3::https://s3.amazonaws.com/b/k.zip//sub/dir?version=3&archive=zip";
        let address = S3Address::parse(source).unwrap();
        assert_eq!(
            (address.key.as_str(), address.subdirectory.as_str()),
            ("k.zip", "sub/dir")
        );
        assert_eq!(address.parameter("version"), Some("3"));
        assert_eq!(address.parameter("region"), None);
    }

    #[test]
    fn empty_parameters_are_none_and_double_slashes_part_the_key() {
        let address = S3Address::parse("s3::/b/k.zip?a=1&&b=2&c").unwrap();
        let parameters = [("a", "1"), ("b", "2"), ("c", "")];
        let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(address.parameters, parameters);
        for (source, key, subdirectory) in [
            ("s3::/b/vpc//x.zip", "vpc", "x.zip"),
            ("s3::https://s3.amazonaws.com/b/vpc//x.zip", "vpc", "x.zip"),
            ("s3::/b//x.zip", "x.zip", ""),
            ("s3::/b/k.zip//", "k.zip", ""),
            ("s3::/b/k.zip///a/", "k.zip", "a"),
        ] {
            let address = S3Address::parse(source).expect(source);
            let found = (address.key.as_str(), address.subdirectory.as_str());
            assert_eq!(found, (key, subdirectory), "{source}");
        }
    }

    #[test]
    fn other_addresses_are_not_s3() {
        for source in [
            "https://s3.amazonaws.com/b/k.zip",
            "s3::https://example.com/b/k.zip",
            "git::https://github.com/a/b.git",
            "terraform-aws-modules/s3-bucket/aws",
            "s3::/bucket",
            "s3::/bucket/",
            "s3:://key",
            "s3::https://s3.amazonaws.com//key",
            "sts.amazonaws.com/a/b",
        ] {
            assert_eq!(S3Address::parse(source), None, "{source}");
        }
    }
}
