//! What the whole house does: pages, the command, properties, the story end to end.

#![allow(missing_docs)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::exit,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests are of the world"
)]

mod above_root;
mod job_shells;
mod named_in_texts;
mod shared_environments;
mod sign_in_reach;
mod support;

mod account_proof;
mod account_table;
mod accounts;
mod ambient_commands;
mod answers;
mod arguments;
mod asks;
mod attribute_reads;
mod audit;
mod backend_identity;
mod backend_profiles;
mod backends;
mod brought_credentials;
mod caller_findings;
mod caller_identity;
mod callers_elsewhere;
mod catalogue;
mod chosen_account_model;
mod chosen_accounts;
mod cluster_callers;
mod commands;
mod comments;
mod configuration;
mod conflicts;
mod console;
mod constraints;
mod contract;
mod credentials_files;
mod crossings;
mod declined;
mod deployments;
mod doctor;
mod encodings;
mod end_to_end;
mod environment_pins;
mod faults;
mod floors;
mod formats;
mod functions_of_scripts;
mod fuzzed;
mod generate;
mod guards;
mod hostile;
mod hostile_git;
mod iam_users;
mod ignored;
mod implicit_defaults;
mod init;
mod interactive;
mod interrupted;
mod job_credentials;
mod job_events;
mod json;
mod key_holders;
mod key_passages;
mod keys;
mod keys_by_value;
mod killed_commit;
mod landing;
mod later_steps;
mod links;
mod long_sessions;
mod made_directories;
mod manual;
mod many;
mod minimum_rust;
mod module_changes;
mod module_tests;
mod nested_calls;
mod open_sources;
mod outside;
mod pages;
mod passed_keys;
mod passed_tokens;
mod pasted;
mod permissions;
mod places;
mod planning;
mod policies;
mod profile_shell;
mod profile_steps;
mod properties;
mod provider_4_arguments;
mod provider_changes;
mod provider_keys;
mod read_variables;
mod remote_state_readers;
mod remote_units;
mod review_page;
mod rewritten;
mod role_chaining;
mod role_inputs;
mod role_steps;
mod run_configurations;
mod run_values;
mod runners;
mod schemas;
mod screens;
mod secrets;
mod self_reference;
mod session_names;
mod session_settings;
mod sign_in;
mod sign_in_places;
mod sparse_checkouts;
mod staged_applies;
mod state_accounts;
mod steps;
mod steps_beside_keys;
mod streams;
mod switched_off;
mod terminal;
mod terragrunt;
mod terragrunt_json;
mod terragrunt_rendered;
mod terragrunt_roles;
mod terragrunt_units;
mod tokenless;
mod triggers;
mod twin_files;
mod unit_callers;
mod unit_providers;
mod unit_roles;
mod unread_credentials;
mod unreadable;
mod unseen_runs;
mod unused;
mod upgrade_proof;
mod upgrades;
mod used_accounts;
mod user_calls;
mod user_references;
mod validate;
mod verify;
mod walk_up;
mod words;
mod workflow_aliases;
mod workflows;
mod workspace_tasks;
mod yaml;
