//! The cases of the tables of provider changes.

use super::fences::fences;

/// The pages of cases, by major.
pub const CASES: [(u64, &str); 2] = [
    (5, include_str!("../arguments/aws_5.md")),
    (6, include_str!("../arguments/aws_6.md")),
];

/// One case.
#[derive(Default)]
pub struct Case {
    /// Of its sections: those that have no blocks share those of the next one that has.
    pub titles: Vec<String>,
    pub before: String,
    pub after: Option<String>,
    pub report: Vec<String>,
}

/// The cases of a page.
pub fn cases(page: &str) -> Vec<Case> {
    let mut blocks = fences(page).into_iter().peekable();
    let mut cases = Vec::new();
    let mut titles = Vec::new();
    let sections = page.lines().filter_map(|line| line.strip_prefix("## "));
    for (title, number) in sections.zip(1..) {
        titles.push(title.to_owned());
        let mut case = Case::default();
        while let Some(block) = blocks.next_if(|block| block.section == number) {
            match (block.role, block.file) {
                ("before", None) => case.before = block.text,
                ("after", None) => case.after = Some(block.text),
                ("report", None) => case.report.extend(block.text.lines().map(str::to_owned)),
                (role, _) => panic!("{title}: `{role}` is no role of a block here"),
            }
        }
        if !case.before.is_empty() {
            case.titles = std::mem::take(&mut titles);
            cases.push(case);
        }
    }
    assert!(blocks.next().is_none() && titles.is_empty(), "{titles:?}");
    cases
}
