//! The id of a transform, as an argument that shells complete.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Command, Error};
use transforms::CATALOGUE;

/// Takes any text, so that all unknown ids are reported together, each with the closest one.
#[derive(Clone)]
pub struct TransformId;

impl TypedValueParser for TransformId {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<String, Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(
            CATALOGUE.iter().map(|known| PossibleValue::new(known.id)),
        ))
    }
}
