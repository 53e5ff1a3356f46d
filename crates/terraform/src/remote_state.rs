//! `data "terraform_remote_state"` blocks that read an S3 backend.

use syntax::edit::Edit;
use syntax::hcl::{Attribute, Block, Document, Value};

/// The data source's type.
pub const REMOTE_STATE: &str = "terraform_remote_state";

/// One `data "terraform_remote_state"` with `backend = "s3"`.
#[derive(Debug)]
pub struct RemoteState<'d> {
    /// The block.
    pub block: Block<'d>,
    /// What stands in `config`, in an object or in a block.
    pub settings: Vec<Attribute<'d>>,
    /// `config`, where it is an expression that is no plain object.
    pub unread: Option<Value<'d>>,
}

impl RemoteState<'_> {
    /// The data source as Terraform refers to it.
    pub fn reference(&self) -> String {
        format!(
            "data.{REMOTE_STATE}.{}",
            self.block.label(1).unwrap_or_default()
        )
    }

    /// The edits that take settings out.
    pub fn remove(&self, is_gone: impl Fn(&Attribute<'_>) -> bool) -> Vec<Edit> {
        let document = self.block.document();
        if self.block.attribute("config").is_some() {
            return Edit::remove_entries(document, &self.settings, is_gone);
        }
        let gone = self.settings.iter().filter(|setting| is_gone(setting));
        gone.map(|setting| Edit::remove(document, setting.span()))
            .collect()
    }
}

/// The S3 remote states of a document.
pub fn remote_states(document: &Document) -> Vec<RemoteState<'_>> {
    let blocks = document.top_blocks("data");
    // Most data sources are others: the word is sought before the block is parsed.
    let blocks = blocks.filter(|top| document.text()[top.span()].contains(REMOTE_STATE));
    blocks
        .filter_map(|top| remote_state(top.parse().ok()?))
        .collect()
}

fn remote_state(block: Block<'_>) -> Option<RemoteState<'_>> {
    let backend = block.attribute("backend")?;
    if block.label(0) != Some(REMOTE_STATE) || backend.value.literal() != Some("s3") {
        return None;
    }
    let config = block.attribute("config").map(|config| config.value);
    let unread = config.filter(|config| !config.expression().is_object());
    let settings = match config {
        Some(config) => config.entries(),
        // Terraform 0.11 wrote `config` as a block.
        None => {
            let blocks = block.blocks("config");
            blocks
                .flat_map(|config| config.body().attributes())
                .collect()
        }
    };
    Some(RemoteState {
        block,
        settings,
        unread,
    })
}
