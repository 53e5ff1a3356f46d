//! `capacity_providers` and `default_capacity_provider_strategy` of an `aws_ecs_cluster`: a resource
//! of their own, one for each cluster.

use super::{Converted, Subject, text};
use crate::model::edit::Edit;
use crate::model::text::line_ending;
use crate::model::upgrade::arguments::places::What;

pub fn convert(subject: &Subject<'_, '_>) -> Option<Converted> {
    const TYPE: &str = "aws_ecs_cluster_capacity_providers";
    let cluster = subject.block;
    let name = cluster.label(1)?;
    let is_taken = subject.module.configuration().any(|document| {
        let mut blocks = document.blocks("resource");
        blocks.any(|it| it.label(0) == Some(TYPE) && it.label(1) == Some(name))
    });
    if is_taken || !text::has_lines(&cluster) {
        return None;
    }
    let mut attributes = Vec::new();
    let mut index = "";
    for (meta, each) in [("count", "[count.index]"), ("for_each", "[each.key]")] {
        if let Some(found) = cluster.attribute(meta) {
            attributes.push((meta, text::value(subject, &found.value)?));
            index = each;
        }
    }
    if let Some(provider) = cluster.attribute("provider") {
        attributes.push(("provider", text::value(subject, &provider.value)?));
    }
    let head = text::attributes(&attributes);
    let mut own = vec![(
        "cluster_name",
        format!("aws_ecs_cluster.{name}{index}.name"),
    )];
    let mut blocks = Vec::new();
    for place in subject.places {
        match &place.what {
            What::Attribute(it) => own.push((it.name, text::value(subject, &it.value)?)),
            What::Block(it) | What::Dynamic(it) => blocks.push(text::lines(subject, it)?),
        }
    }
    let own = text::attributes(&own);
    let parts = [head, own].into_iter().chain(blocks);
    let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
    let resource = text::block(
        &format!("resource \"{TYPE}\" \"{name}\""),
        &parts.join("\n\n"),
    );
    let document = subject.document();
    let ending = line_ending(document.text(), cluster.span().start);
    let added = format!("\n\n{resource}").replace('\n', ending);
    let places = subject.places.iter();
    let mut edits: Vec<_> = places.map(|it| Edit::remove(document, it.span())).collect();
    edits.push(Edit::insert(cluster.span().end, added));
    let mut converted = subject.converted(format!("goes into an `{TYPE}`"), edits);
    converted.help = Some("the new resource puts what the cluster has already".to_owned());
    Some(converted)
}
