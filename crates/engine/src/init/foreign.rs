//! Accounts that are not the user's: those of AWS, of vendors and of examples.

/// Accounts that the documentation of AWS and of vendors names for all customers.
const KNOWN: [&str; 47] = [
    // Elastic Load Balancing, which writes access logs from an account of each region.
    "127311923021",
    "033677994240",
    "027434742980",
    "797873946194",
    "098369216593",
    "985666609251",
    "054676820928",
    "156460612806",
    "652711504416",
    "635631232127",
    "009996457667",
    "897822967062",
    "754344448648",
    "582318560864",
    "600734575887",
    "383597477331",
    "114774131450",
    "783225319266",
    "589379963580",
    "718504428378",
    "076674570225",
    "507241528517",
    "048591011584",
    "190560391635",
    "638102146993",
    "037604701340",
    // Registries of container images: EKS, deep learning, Fluent Bit, App Mesh, Bottlerocket.
    "602401143452",
    "877085696533",
    "800184023465",
    "918309763551",
    "961992271922",
    "763104351884",
    "906394416424",
    "840364872350",
    "328549459982",
    // Owners of machine images: Canonical, Amazon, Microsoft's at Amazon, the marketplace, Red
    // Hat, Debian, Fedora, SUSE.
    "099720109477",
    "513442679011",
    "137112412989",
    "591542846629",
    "801119661308",
    "679593333241",
    "309956199498",
    "136693071363",
    "379101102735",
    "125523088429",
    "013907871322",
    // Datadog, which assumes roles of its customers.
    "464622532012",
];

/// Whether the account is known to be another's: of AWS, of a vendor, of an emulator.
pub(super) fn is_foreign(id: &str) -> bool {
    KNOWN.contains(&id) || id == "000000000000"
}

/// Whether the id is the one that AWS's documentation gives its examples.
pub(super) fn is_example(id: &str) -> bool {
    id == "123456789012"
}
