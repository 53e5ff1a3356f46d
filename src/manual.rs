//! `tfkeyless completions` and `tfkeyless man`: what shells and `man` know of the command line.

use clap::CommandFactory as _;
use clap_complete::Shell;

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
    let mut out = Vec::new();
    let mut command = Cli::command();
    command.build();
    clap_mangen::Man::new(command.clone()).render(&mut out)?;
    for subcommand in command
        .get_subcommands()
        .filter(|it| it.get_name() != "help")
    {
        let name = format!("tfkeyless {}", subcommand.get_name());
        let man = clap_mangen::Man::new(subcommand.clone()).title(&name);
        out.extend(format!(".SH {}\n", name.to_uppercase()).bytes());
        man.render_description_section(&mut out)?;
        man.render_options_section(&mut out)?;
    }
    pager::show(&String::from_utf8(out)?, false)?;
    Ok(Exit::Done)
}
