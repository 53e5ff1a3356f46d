//! The commands of a shell script, as far as its text tells without running it.

mod output;
mod reader;
#[cfg(test)]
mod tests;

pub use output::Output;
use reader::ShellReader;
pub(in crate::scripts) use reader::function_length;

/// A command of a script.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShellCommand {
    /// Its words, unquoted. A redirection is the word `>` before its target; the body of a
    /// here-document is the last word. The `;;` of `case` is a command of its own.
    pub words: Vec<String>,
    /// The scripts of the `$()` in its words, in their order.
    pub substituted: Vec<String>,
    /// Byte offset of its first word in the script.
    pub offset: usize,
    /// The subshells that it runs in, the outermost first; each has a number of its own.
    pub subshells: Vec<usize>,
    /// Whether it runs only if the command before it ends well, or badly: behind `&&` and `||`.
    pub is_chained: bool,
    /// Where what it prints goes.
    pub output: Output,
    /// Whether it begins the definition of a function, whose name is its last word; the body are the commands behind.
    pub is_definition: bool,
    /// The indices of the words that are one variable without quotes: the shell splits its value into words.
    pub split: Vec<usize>,
    /// The elements of the arrays that it sets, in their order: of each `NAME=()` in its words.
    pub arrays: Vec<Vec<String>>,
}

/// The commands of a script, including those in `$(...)` and backticks, which come before the command
/// that they are part of.
pub fn commands(script: &str) -> Vec<ShellCommand> {
    let mut reader = ShellReader::of(script);
    output::resolve(&mut reader.commands, &reader.readers);
    reader.commands
}
