//! Labels of arrows: upon their arrow, where no box, no frame's title and no other label is.

use super::{
    Layout, Point, Rect,
    measure::{Face, width, wrap},
};
use crate::diagram::Diagram;

/// The widest that a label gets.
const WIDEST: i32 = 128;

/// How wide and high a label is.
pub fn size(label: &str) -> (i32, i32) {
    let lines = wrap(label, Face::Label, WIDEST);
    let widest = lines.iter().map(|l| width(l, Face::Label)).max().unwrap_or(0);
    if lines.is_empty() { (0, 0) } else { (widest + 10, lines.len() as i32 * Face::Label.leading() + 6) }
}

/// Finds a place for every label. One for which there is none stands in the words below the picture alone.
pub fn put(diagram: &Diagram, layout: &mut Layout) {
    let mut taken: Vec<Rect> = layout.nodes.iter().map(|r| r.grown(3)).collect();
    taken.extend(layout.title_places());
    let all = Rect { x: 0, y: 0, w: layout.size.0, h: layout.size.1 };
    for (i, edge) in diagram.edges.iter().enumerate() {
        let (w, h) = size(&edge.label);
        if w == 0 {
            continue;
        }
        let free = |rect: &Rect| all.holds(rect) && !taken.iter().any(|t| t.overlaps(rect));
        let found = candidates(&layout.ways[i].points, w, h)
            .into_iter()
            .filter(|(_, rect)| free(rect))
            .min_by_key(|(cost, rect)| (cost + crossed(layout, i, rect), rect.x, rect.y));
        if let Some((_, rect)) = found {
            taken.push(rect.grown(2));
            layout.ways[i].label = Some((rect, wrap(&edge.label, Face::Label, WIDEST)));
        }
    }
}

/// Places along a way, with what is to be said against each.
fn candidates(points: &[Point], w: i32, h: i32) -> Vec<(i32, Rect)> {
    let mut all = Vec::new();
    for pair in points.windows(2) {
        let [(ax, ay), (bx, by)] = *pair else { continue };
        let level = ay == by;
        let length = (ax - bx).abs() + (ay - by).abs();
        let short = (if level { w } else { h } + 18 - length).max(0) * 4;
        for (part, cost) in [(8, 0), (6, 4), (10, 4), (5, 8), (11, 8), (3, 14), (13, 14)] {
            let (x, y) = (ax + (bx - ax) * part / 16, ay + (by - ay) * part / 16);
            let rect = Rect { x: x - w / 2, y: y - h / 2, w, h };
            all.push((cost + short + if level { 0 } else { 10 }, rect));
        }
    }
    all
}

/// What it costs to hide other arrows.
fn crossed(layout: &Layout, own: usize, rect: &Rect) -> i32 {
    let others = layout.ways.iter().enumerate().filter(|(i, _)| *i != own);
    let hidden = others.filter(|(_, way)| super::tracks::touches(&way.points, rect)).count();
    hidden as i32 * 300
}
