//! The fenced blocks of a page in Markdown: ```` ```LANGUAGE ROLE [FILE] ````.

/// One block.
pub struct Fence<'p> {
    /// The number of its section, from 1: titles may repeat. 0 before the first.
    pub section: usize,
    /// The title of its section; empty before the first.
    pub title: &'p str,
    pub role: &'p str,
    pub file: Option<&'p str>,
    /// Its lines, each with its line ending.
    pub text: String,
}

/// The blocks of a page. One without a role, with too much behind it, or that is never closed fails
/// the test: nothing of it would be looked at.
pub fn fences(page: &str) -> Vec<Fence<'_>> {
    let mut fences = Vec::new();
    let (mut section, mut title) = (0, "");
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(next) = line.strip_prefix("## ") {
            (section, title) = (section + 1, next);
        }
        let Some(info) = line.strip_prefix("```") else {
            continue;
        };
        let words: Vec<&str> = info.split(' ').collect();
        let (role, file) = match words.as_slice() {
            [_, role] => (*role, None),
            [_, role, file] => (*role, Some(*file)),
            _ => panic!("{title}: a block begins with ```LANGUAGE ROLE [FILE], not with {line}"),
        };
        let mut text = String::new();
        loop {
            match lines.next() {
                Some("```") => break,
                Some(line) => text.extend([line, "\n"]),
                None => panic!("{title}: {line} is never closed"),
            }
        }
        fences.push(Fence {
            section,
            title,
            role,
            file,
            text,
        });
    }
    fences
}

#[test]
fn a_block_of_a_page_has_a_role_and_an_end() {
    let roles = |page| -> Vec<_> { fences(page).iter().map(|it| (it.title, it.role)).collect() };
    assert_eq!(roles("## a\n```hcl before x.tf\n```\n"), [("a", "before")]);
    for page in [
        "```report\na\n```\n",
        "```\n```\n",
        "```hcl after\na\n",
        "```a b c d\n```\n",
    ] {
        std::panic::catch_unwind(|| roles(page)).expect_err(page);
    }
}
