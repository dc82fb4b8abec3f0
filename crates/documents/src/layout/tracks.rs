//! Tracks for arrows that share a lane, side by side and as far apart as the room between boxes allows.

use super::{Layout, Point, Rect, Way};
use crate::diagram::Diagram;
use std::collections::BTreeMap;

/// How far two tracks are apart, where there is room.
const TRACK: i32 = 14;
/// How far a track keeps from boxes, and from the corners of its own box.
const CLEAR: i32 = 6;

/// A straight piece of an arrow.
#[derive(Debug, Clone, Copy)]
struct Piece {
    /// Which arrow.
    way: usize,
    /// Which piece of it.
    at: usize,
    /// Where it begins and ends along its lane.
    from: i32,
    to: i32,
    /// Where its arrow comes from and goes on to, across the lane.
    tends: i32,
}

/// Moves pieces that lie upon each other apart.
pub fn spread(diagram: &Diagram, layout: &Layout, ways: &mut [Way]) {
    let before: Vec<Vec<Point>> = ways.iter().map(|w| w.points.clone()).collect();
    let mut lanes: BTreeMap<(bool, i32), Vec<Piece>> = BTreeMap::new();
    for (way, points) in before.iter().enumerate() {
        for at in 0..points.len().saturating_sub(1) {
            let piece = piece(points, way, at);
            lanes.entry(lane(points, at)).or_default().push(piece);
        }
    }
    for ((level, place), mut pieces) in lanes {
        pieces.sort_by_key(|p| (p.from, p.to, p.way));
        for cluster in clusters(pieces) {
            apart(diagram, layout, ways, level, place, cluster);
        }
    }
    for (way, before) in before.into_iter().enumerate() {
        let ends = [diagram.edges[way].from.0, diagram.edges[way].to.0];
        if hits(layout, &ways[way].points, ends) {
            ways[way].points = before;
        }
    }
}

/// Whether a piece is level, and at which height or at how far from the left.
fn lane(points: &[Point], at: usize) -> (bool, i32) {
    let (a, b) = (points[at], points[at + 1]);
    if a.1 == b.1 { (true, a.1) } else { (false, a.0) }
}

fn piece(points: &[Point], way: usize, at: usize) -> Piece {
    let (level, _) = lane(points, at);
    let along = |p: Point| if level { p.0 } else { p.1 };
    let across = |p: Point| if level { p.1 } else { p.0 };
    let (a, b) = (points[at], points[at + 1]);
    let before = at.checked_sub(1).map_or(across(a), |i| across(points[i]));
    let after = points.get(at + 2).map_or(across(b), |p| across(*p));
    Piece { way, at, from: along(a).min(along(b)), to: along(a).max(along(b)), tends: before + after }
}

/// Pieces of one lane that lie upon each other, directly or through others.
fn clusters(pieces: Vec<Piece>) -> Vec<Vec<Piece>> {
    let mut all: Vec<Vec<Piece>> = Vec::new();
    let mut end = i32::MIN;
    for piece in pieces {
        match all.last_mut() {
            Some(cluster) if piece.from <= end => cluster.push(piece),
            _ => all.push(vec![piece]),
        }
        end = end.max(piece.to);
    }
    all
}

fn apart(diagram: &Diagram, layout: &Layout, ways: &mut [Way], level: bool, place: i32, mut cluster: Vec<Piece>) {
    if cluster.len() < 2 {
        return;
    }
    cluster.sort_by_key(|p| (p.tends, p.way, p.at));
    // Whoever has little room stays near the middle of the lane, and the others keep their distance all the same.
    let rooms: Vec<i32> = cluster.iter().map(|p| room(diagram, layout, ways, level, place, p).max(0)).collect();
    let steps = cluster.len() as i32 - 1;
    let step = TRACK.min(2 * rooms.iter().copied().max().unwrap_or(0) / steps);
    for (i, (piece, room)) in cluster.iter().zip(rooms).enumerate() {
        let by = (step * i as i32 - step * steps / 2).clamp(-room, room);
        let Some(points) = ways.get_mut(piece.way).map(|w| &mut w.points) else { continue };
        for point in points.iter_mut().skip(piece.at).take(2) {
            if level { point.1 += by } else { point.0 += by }
        }
    }
}

/// How far a piece can move to either side.
fn room(diagram: &Diagram, layout: &Layout, ways: &[Way], level: bool, place: i32, piece: &Piece) -> i32 {
    let edge = &diagram.edges[piece.way];
    let last = ways[piece.way].points.len().saturating_sub(2);
    let mut room = i32::MAX;
    for (id, rect) in layout.nodes.iter().enumerate() {
        let begins = piece.at == 0 && id == edge.from.0;
        let ends = piece.at == last && id == edge.to.0;
        let (low, high, from, to) =
            if level { (rect.y, rect.bottom(), rect.x, rect.right()) } else { (rect.x, rect.right(), rect.y, rect.bottom()) };
        if begins || ends {
            room = room.min((high - low) / 2 - CLEAR);
        } else if from < piece.to && piece.from < to {
            let free = if place <= low { low - place } else { place - high };
            room = room.min(free - CLEAR);
        }
    }
    let far = if level { layout.size.1 } else { layout.size.0 };
    room.min(place - CLEAR).min(far - place - CLEAR)
}

/// Whether a way goes through a box that is none of its ends.
pub fn hits(layout: &Layout, points: &[Point], ends: [usize; 2]) -> bool {
    layout.nodes.iter().enumerate().any(|(id, rect)| !ends.contains(&id) && touches(points, rect))
}

/// Whether a way goes through a rectangle.
pub fn touches(points: &[Point], rect: &Rect) -> bool {
    points.windows(2).any(|pair| match pair {
        [a, b] => {
            let (w, h) = ((a.0 - b.0).abs().max(1), (a.1 - b.1).abs().max(1));
            Rect { x: a.0.min(b.0), y: a.1.min(b.1), w, h }.overlaps(rect)
        }
        _ => false,
    })
}
