//! From the files of a repository to its proved plan. Nothing here reads the disk, the environment
//! or the clock, and nothing prints: files come from a [`Source`](source::Source), transforms from
//! the caller.
//!
//! The phases, each made once from the ones before and not changed afterwards:
//!
//! 1. [`Index`](index::Index): everything that has to be read, as facts of each file.
//! 2. [`Decisions`](decisions::Decisions): what has to be the same for all transforms: accounts,
//!    joint upgrades. Request, index and decisions are the [`Repo`](repo::Repo) that transforms get.
//! 3. `Proposals`: the findings of all transforms, with those marked whose edits are made.
//! 4. `Edited`: the texts with these edits, and how they parse.
//! 5. `Proved`: the same, once a second scan finds nothing to edit and every provider configuration
//!    acts in the account that it acted in before.
//! 6. [`Plan`](plan::Plan): changes, findings and next steps, for everything that shows or writes.
//!
//! [`planner::plan`] runs them. An edit that does not hold costs its transform that edit, and the
//! phases from 3 on run again without it; an edit of a linked file on which its modules do not agree,
//! and those from 2 on do. [`audit`], [`inventory`] and [`init`] use the first
//! phases alone.

pub mod account_table;
pub mod asks;
pub mod audit;
pub mod backend_keys;
pub mod catalogue;
pub mod decisions;
pub mod declined;
pub mod disagreements;
mod edited;
pub mod error;
pub mod generated_roles;
pub mod index;
pub mod init;
pub mod inventory;
mod jobs;
mod left_out;
pub mod migration;
pub mod next_steps;
mod other_runners;
mod passed_keys;
mod path_cache;
pub mod plan;
pub mod planner;
mod proposals;
mod proved;
pub mod provider_accounts;
pub mod reached_states;
pub mod repo;
pub mod request;
mod role_callers;
mod runners;
pub mod scan;
pub mod selection;
pub mod settings;
mod shared_environments;
pub mod source;
pub mod state_reads;
pub mod static_keys;
mod staying_role;
pub mod staying_roles;
mod unmade_edits;
pub mod unused;
pub mod verification;
pub mod without_profiles;
