//! The cases of the tables of provider changes.

use super::page::sections;

/// The pages of cases, by major.
pub const CASES: [(u64, &str); 3] = [
    (4, include_str!("../arguments/aws_4.md")),
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
    let mut cases = Vec::new();
    let mut titles = Vec::new();
    for section in sections(page).into_iter().skip(1) {
        titles.push(section.title.to_owned());
        let mut case = Case::default();
        for block in section.fences {
            match (block.role, block.file) {
                ("before", None) => case.before = block.text,
                ("after", None) => case.after = Some(block.text),
                ("report", None) => case.report.extend(block.text.lines().map(str::to_owned)),
                (role, _) => panic!("{}: `{role}` is no role of a block here", section.title),
            }
        }
        if !case.before.is_empty() {
            case.titles = std::mem::take(&mut titles);
            cases.push(case);
        }
    }
    assert!(titles.is_empty(), "no case of {titles:?}");
    cases
}
