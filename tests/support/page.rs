//! A page in Markdown: its sections and their fenced blocks, ```` ```LANGUAGE ROLE [FILE] ````.

/// A section; the first one of a page has no title.
#[derive(Default)]
pub struct PageSection<'p> {
    pub title: &'p str,
    /// Its lines outside of blocks.
    pub prose: Vec<&'p str>,
    pub fences: Vec<Fence<'p>>,
}

/// One block.
pub struct Fence<'p> {
    pub role: &'p str,
    pub file: Option<&'p str>,
    /// Its lines, each with its line ending.
    pub text: String,
}

/// The sections of a page. A block without a role, with too much behind it, or that is never closed
/// fails the test: nothing of it would be compared.
pub fn sections(page: &str) -> Vec<PageSection<'_>> {
    let mut sections = vec![PageSection::default()];
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            sections.push(PageSection {
                title,
                ..PageSection::default()
            });
            continue;
        }
        let section = sections.last_mut().unwrap();
        match line.strip_prefix("```") {
            None => section.prose.push(line),
            Some(info) => section.fences.push(fence(info, &mut lines)),
        }
    }
    sections
}

/// The block that `info` begins, taken from `lines`.
fn fence<'p>(info: &'p str, lines: &mut std::str::Lines<'p>) -> Fence<'p> {
    let words: Vec<&str> = info.split(' ').collect();
    let (role, file) = match words.as_slice() {
        [_, role] => (*role, None),
        [_, role, file] => (*role, Some(*file)),
        _ => panic!("a block begins with ```LANGUAGE ROLE [FILE], not with ```{info}"),
    };
    let mut text = String::new();
    loop {
        match lines.next() {
            Some("```") => return Fence { role, file, text },
            Some(line) => text.extend([line, "\n"]),
            None => panic!("```{info} is never closed"),
        }
    }
}

#[test]
fn a_block_of_a_page_has_a_role_and_an_end() {
    let page = sections("# a\n```hcl config\n```\n## b\ntext\n```hcl before x.tf\na\n```\n");
    let [first, second] = page.as_slice() else {
        panic!("two sections");
    };
    assert_eq!((first.fences[0].role, second.title), ("config", "b"));
    assert_eq!(second.prose, ["text"]);
    let before = &second.fences[0];
    assert_eq!((before.file, before.text.as_str()), (Some("x.tf"), "a\n"));
    for page in [
        "```report\na\n```\n",
        "```\n```\n",
        "```hcl after\na\n",
        "```a b c d\n```\n",
    ] {
        assert!(std::panic::catch_unwind(|| drop(sections(page))).is_err());
    }
}
