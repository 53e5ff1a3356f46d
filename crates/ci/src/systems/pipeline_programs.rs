//! Programs whose arguments are a list, as containers have them.

use std::path::Path;

use syntax::yaml::Node;

use super::naming;
use super::pipeline_script::one;
use super::yaml::PipelineReader;

impl PipelineReader<'_> {
    /// A step of Cloud Build, whose image is named after the program that gets its `args`.
    pub(super) fn image_with_arguments(&mut self, node: &Node, working: Option<&Path>, key: &str) {
        let text = |name: &str| node.get(name).and_then(|it| it.as_str());
        let is_shell = text("entrypoint").is_some_and(|it| it.ends_with("sh"));
        let image = text("name").filter(|it| key == "steps" && it.contains('/'));
        let arguments = node.get("args").map(Node::items).unwrap_or_default();
        let words = arguments.iter().filter_map(|it| it.value.as_str());
        let words: Vec<&str> = words.collect();
        let (Some(image), Some(first)) = (image, arguments.first()) else {
            return;
        };
        let script = match (is_shell, naming::names(image)) {
            (true, _) => words.join("\n"),
            (false, true) => format!("terraform {}", words.join(" ")),
            (false, false) => return,
        };
        self.add(&one(&first.value, &script), working);
    }

    /// A program and its arguments, as Concourse writes them.
    pub(super) fn program(&mut self, node: &Node, working: Option<&Path>) {
        let program = node.get("path").and_then(|path| path.as_str());
        let arguments = node.get("args").map(Node::items);
        let (Some(program), Some(arguments)) = (program, arguments) else {
            return;
        };
        let mut words = vec![program.to_owned()];
        let mut is_shell = false;
        for argument in arguments {
            let Some(text) = argument.value.as_str() else {
                continue;
            };
            match text.contains([' ', '\n']) {
                true => {
                    is_shell = true;
                    let script = one(&argument.value, text);
                    self.add(&script, working);
                }
                false => words.push(text.to_owned()),
            }
        }
        if !is_shell {
            let node = arguments.first().map_or(node, |first| &first.value);
            self.add(&one(node, &words.join(" ")), working);
        }
    }

    /// A container whose program is a list: `command` and `args` of Kubernetes, Tekton and Argo, or the
    /// `args` alone of an image that is named after the program.
    pub(super) fn container(&mut self, node: &Node, working: Option<&Path>) {
        let listed = |name: &str| node.get(name).map(Node::items).unwrap_or_default();
        let (command, arguments) = (listed("command"), listed("args"));
        let image = node.get("image").and_then(|image| image.as_str());
        let image = image.filter(|it| command.is_empty() && naming::names(it));
        let words = command.iter().chain(arguments);
        let words: Vec<&str> = words.filter_map(|it| it.value.as_str()).collect();
        let (Some(first), Some(at)) = (words.first(), command.first().or(arguments.first())) else {
            return;
        };
        let is_program = command.len() + usize::from(image.is_some()) > 0;
        // A shell's script is read with the key that holds it.
        if !is_program || first.contains(char::is_whitespace) || words.contains(&"-c") {
            return;
        }
        let program = image.map(|_| "terraform").into_iter();
        let text = program.chain(words).collect::<Vec<_>>().join(" ");
        self.add(&one(&at.value, &text), working);
    }
}
