//! `tfkeyless completions` and `tfkeyless man`: what shells and `man` know of the command line.

use std::fmt::Write as _;

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::cli::Cli;
use crate::exit::Exit;
use crate::pager;

/// Prints the completions of a shell.
pub fn completions(shell: Shell) -> anyhow::Result<Exit> {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "tfkeyless", &mut out);
    pager::show(&String::from_utf8(out)?, false)?;
    Ok(Exit::Done)
}

/// Prints the manual page: that of the command, with a section for each of its subcommands.
pub fn page() -> anyhow::Result<Exit> {
    let mut command = Cli::command();
    command.build();
    let mut out = Vec::new();
    let man = Man::new(command.clone());
    man.render_title(&mut out)?;
    man.render_name_section(&mut out)?;
    man.render_synopsis_section(&mut out)?;
    man.render_description_section(&mut out)?;
    man.render_options_section(&mut out)?;
    let mut page = String::from_utf8(out)?;
    page += &commands(&command);
    page += &exit_status(&command, "SH");
    for subcommand in subcommands(&command) {
        section(&mut page, subcommand, "tfkeyless")?;
    }
    let mut out = Vec::new();
    man.render_version_section(&mut out)?;
    page += &String::from_utf8(out)?;
    pager::show(&page, false)?;
    Ok(Exit::Done)
}

fn subcommands(command: &Command) -> impl Iterator<Item = &Command> {
    let all = command.get_subcommands();
    all.filter(|it| it.get_name() != "help")
}

/// The list of the subcommands: all of them stand on this page.
fn commands(command: &Command) -> String {
    let mut list = Roff::new();
    list.control("SH", ["COMMANDS"]);
    for subcommand in subcommands(command) {
        let about = subcommand.get_about().map(ToString::to_string);
        list.control("TP", []);
        list.text([bold(subcommand.get_name())]);
        list.text([roman(about.unwrap_or_default())]);
    }
    list.to_roff()
}

/// The section of a subcommand, and those of its own subcommands.
fn section(page: &mut String, command: &Command, parent: &str) -> anyhow::Result<()> {
    let name = format!("{parent} {}", command.get_name());
    let mut out = Vec::new();
    let man = Man::new(command.clone()).title(&name);
    man.render_synopsis_section(&mut out)?;
    man.render_description_section(&mut out)?;
    man.render_options_section(&mut out)?;
    let _ = writeln!(page, ".SH {}", name.to_uppercase());
    // Parts of one section.
    *page += &String::from_utf8(out)?.replace(".SH ", ".SS ");
    *page += &exit_status(command, "SS");
    for subcommand in subcommands(command) {
        section(page, subcommand, &name)?;
    }
    Ok(())
}

/// The exit codes that a command's help ends with; empty where it has none.
fn exit_status(command: &Command, heading: &str) -> String {
    let help = command.get_after_help().map(ToString::to_string);
    let help = help.unwrap_or_default();
    let Some(codes) = help.strip_prefix("Exit codes:\n") else {
        return String::new();
    };
    let mut list = Roff::new();
    list.control(heading, ["EXIT STATUS"]);
    for line in codes.lines() {
        match line.strip_prefix("  ").and_then(|it| it.split_once(' ')) {
            Some((code, meaning)) => {
                list.control("TP", []);
                list.text([bold(code)]);
                list.text([roman(meaning.trim_start())]);
            }
            None => {
                list.control("PP", []);
                list.text([roman(line)]);
            }
        }
    }
    list.to_roff()
}
