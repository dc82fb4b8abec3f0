//! Objects as tables, as `kubectl get` shows them.

mod columns;
mod path;

use super::kinds::{DEFINITIONS, Kind};
use super::verbs::metadata_only;
use crate::clock::Moment;
use crate::cluster::Objects;
use serde_json::{Value, json};

/// What a column shows of an object.
enum Cell {
    /// A function of the object and the time.
    Of(fn(&Value, Moment) -> Value),
    /// A path of a definition's `additionalPrinterColumns`, with its type.
    Path(String, String),
}

/// A column.
struct Column {
    name: String,
    sort: String,
    priority: i64,
    cell: Cell,
}

/// The table of these objects; `include` is `None`, `Object` or (empty) metadata.
pub(crate) fn of(objects: &Objects, kind: &Kind, shown: &[Value], include: &str) -> Value {
    let columns = columns(objects, kind);
    let now = objects.world().now();
    let definitions: Vec<Value> = columns
        .iter()
        .map(|c| {
            let format = if c.name == "Name" { "name" } else { "" };
            json!({ "name": c.name, "type": c.sort, "format": format, "description": "", "priority": c.priority })
        })
        .collect();
    let rows: Vec<Value> = shown
        .iter()
        .map(|object| {
            let cells: Vec<Value> = columns
                .iter()
                .map(|c| match &c.cell {
                    Cell::Of(show) => show(object, now),
                    Cell::Path(path, sort) => path::cell(object, path, sort, now),
                })
                .collect();
            let mut row = json!({ "cells": cells });
            match include {
                "None" => {}
                "Object" => row["object"] = object.clone(),
                _ => row["object"] = metadata_only(object),
            }
            row
        })
        .collect();
    json!({ "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {}, "columnDefinitions": definitions, "rows": rows })
}

fn columns(objects: &Objects, kind: &Kind) -> Vec<Column> {
    let plain = |(name, sort, priority, show): &columns::Plain| Column {
        name: (*name).to_owned(),
        sort: (*sort).to_owned(),
        priority: *priority,
        cell: Cell::Of(*show),
    };
    if !kind.custom {
        return columns::of(&kind.resource()).iter().map(plain).collect();
    }
    let mut all: Vec<Column> = columns::NAME.iter().map(plain).collect();
    let definition = objects.get(DEFINITIONS, "", &kind.resource());
    let version = definition.and_then(|d| d["spec"]["versions"].as_array()?.iter().find(|v| v["name"] == *kind.version));
    let printed = version.and_then(|v| v["additionalPrinterColumns"].as_array());
    match printed {
        Some(printed) => all.extend(printed.iter().map(|c| {
            let text = |f: &str| c[f].as_str().unwrap_or("").to_owned();
            let priority = c["priority"].as_i64().unwrap_or(0);
            Column { name: text("name"), sort: text("type"), priority, cell: Cell::Path(text("jsonPath"), text("type")) }
        })),
        None => all.extend(columns::AGE.iter().map(plain)),
    }
    all
}

/// How long ago, in kubectl's short form: `5s`, `3m20s`, `4h`, `2d3h`.
pub(super) fn age(since: Option<&str>, now: Moment) -> String {
    let Some(since) = since.and_then(Moment::parse) else {
        return "<unknown>".to_owned();
    };
    let seconds = (now.0 - since.0).max(0) / 1000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let with = |big: i64, unit: &str, small: i64, part: &str| {
        if small == 0 { format!("{big}{unit}") } else { format!("{big}{unit}{small}{part}") }
    };
    match () {
        () if seconds < 120 => format!("{seconds}s"),
        () if minutes < 10 => with(minutes, "m", seconds % 60, "s"),
        () if minutes < 180 => format!("{minutes}m"),
        () if hours < 8 => with(hours, "h", minutes % 60, "m"),
        () if hours < 48 => format!("{hours}h"),
        () if hours < 192 => with(days, "d", hours % 24, "h"),
        () if days < 730 => format!("{days}d"),
        () => with(days / 365, "y", days % 365, "d"),
    }
}
