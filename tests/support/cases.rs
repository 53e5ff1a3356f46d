//! The cases of the tables of provider changes.

/// The pages of cases, by major.
pub const CASES: [(u64, &str); 2] = [
    (5, include_str!("../arguments/aws_5.md")),
    (6, include_str!("../arguments/aws_6.md")),
];

/// One case.
#[derive(Default)]
pub struct Case {
    pub titles: Vec<String>,
    pub before: String,
    pub after: Option<String>,
    pub report: Vec<String>,
}

/// The cases of a page.
pub fn cases(page: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            if cases.last().is_none_or(|last| !last.before.is_empty()) {
                cases.push(Case::default());
            }
            cases.last_mut().unwrap().titles.push(title.to_owned());
        }
        let Some(info) = line.strip_prefix("```") else {
            continue;
        };
        let block: String = lines
            .by_ref()
            .take_while(|line| *line != "```")
            .map(|line| format!("{line}\n"))
            .collect();
        let case = cases.last_mut().unwrap();
        match info {
            "hcl before" => case.before = block,
            "hcl after" => case.after = Some(block),
            "report" => case.report.extend(block.lines().map(str::to_owned)),
            other => panic!("`{other}` is no role of a block"),
        }
    }
    cases
}
