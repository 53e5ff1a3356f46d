//! What a test of Terraform runs, and by which values (Terraform docs, "Tests").

use syntax::hcl::{Block, Document};

/// What a test runs, and by which values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TestFile {
    /// The sources of the modules that its runs take in the place of the tested one, as written: local ones
    /// start from the tested module's directory.
    pub modules: Vec<String>,
    /// The variables that it sets, each with its value where that is plain text.
    pub variables: Vec<(String, Option<String>)>,
    /// The local names of the providers whose default configuration it mocks.
    pub mocked: Vec<String>,
}

impl TestFile {
    /// Reads a test; `None` where it neither runs nor configures anything.
    pub fn of(document: &Document) -> Option<Self> {
        let runs: Vec<Block<'_>> = document.blocks("run").collect();
        let mocks: Vec<Block<'_>> = document.blocks("mock_provider").collect();
        let is_empty = runs.is_empty() && mocks.is_empty();
        if is_empty && document.top_blocks("provider").next().is_none() {
            return None;
        }
        let modules = runs.iter().flat_map(|run| run.blocks("module"));
        let modules = modules.filter_map(|module| {
            let source = module.attribute("source")?;
            source.value.literal().map(str::to_owned)
        });
        let own = runs.iter().flat_map(|run| run.blocks("variables"));
        let variables = document.blocks("variables").chain(own);
        let variables = variables.flat_map(|block| {
            let set = block.body().attributes();
            let set = set.map(|it| {
                let value = it.value.literal().map(str::to_owned);
                (it.name.to_owned(), value)
            });
            set.collect::<Vec<_>>()
        });
        let mocked = mocks.iter().filter(|it| it.attribute("alias").is_none());
        let mocked = mocked.filter_map(|it| it.label(0).map(str::to_owned));
        Some(Self {
            modules: modules.collect(),
            variables: variables.collect(),
            mocked: mocked.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<TestFile> {
        TestFile::of(&Document::new("x.tftest.hcl".into(), text.to_owned()).unwrap())
    }

    #[test]
    fn modules_variables_and_mocks_of_a_test_are_read() {
        let text = "mock_provider \"aws\" {}\nmock_provider \"google\" {\n  alias = \"x\"\n}\nvariables {\n  a = \"1\"\n  b = run.s.id\n}\nrun \"s\" {\n  module {\n    source = \"./tests/setup\"\n  }\n  variables {\n    c = 2\n  }\n}\n";
        let variable =
            |name: &str, value: Option<&str>| (name.to_owned(), value.map(str::to_owned));
        let expected = TestFile {
            modules: vec!["./tests/setup".to_owned()],
            variables: vec![
                variable("a", Some("1")),
                variable("b", None),
                variable("c", None),
            ],
            mocked: vec!["aws".to_owned()],
        };
        assert_eq!(read(text), Some(expected));
        assert_eq!(read("provider \"aws\" {}\n"), Some(TestFile::default()));
        assert_eq!(read("variables {\n  a = 1\n}\n"), None);
    }
}
