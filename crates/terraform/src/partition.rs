//! AWS's partitions: a role of one cannot be assumed from another.

/// Most regions.
pub const AWS: &str = "aws";

/// How the regions of the others begin.
// The prefixes of partitions.json in AWS's SDKs. ARNs begin with the partition: AWS's page "Amazon
// Resource Names (ARNs)".
const OTHERS: [(&str, &str); 5] = [
    ("cn-", "aws-cn"),
    ("eusc-", "aws-eusc"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
];

/// The partition of a region, by its name.
pub fn of_region(region: &str) -> &'static str {
    let mut others = OTHERS.iter();
    let other = others.find(|(start, _)| region.starts_with(start));
    other.map_or(AWS, |(_, partition)| partition)
}

/// The partition that an ARN names, if it is no expression that does.
pub fn of_arn(arn: &str) -> Option<&str> {
    let (partition, _) = arn.strip_prefix("arn:")?.split_once(':')?;
    (!partition.contains('$')).then_some(partition)
}

/// The audience of the OIDC token with which a role in a partition is assumed.
pub fn audience(partition: &str) -> &'static str {
    match partition {
        // README of aws-actions/configure-aws-credentials: the regions of China have an audience of
        // their own.
        "aws-cn" => "sts.amazonaws.com.cn",
        _ => "sts.amazonaws.com",
    }
}
