//! The way of each arrow: the cheapest one on the lanes between boxes, short and with few corners.
//!
//! Lanes run in the middle of what is free between the sides of boxes and frames, and through the middles of boxes, where
//! arrows begin and end. A piece of a lane that touches a box belongs to nobody but arrows of that box.

use super::{Layout, Point, Rect, Way};
use crate::diagram::Diagram;
use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap},
};

/// What a corner costs, in pixels.
const CORNER: i32 = 60;
/// What it costs to cross another arrow.
const CROSSING: i32 = 45;
/// What it costs to run where another arrow runs, for each piece of a lane.
const SHARED: i32 = 30;
/// How far a lane keeps from boxes.
const CLEAR: i32 = 8;
/// How far the lanes around a box are from it: in the middle between two boxes that are as near as they get.
const AROUND: i32 = 13;
/// So near to its own boxes an arrow has no corner.
const NEAR: i32 = 12;
/// As many arrows as the title of a frame counts for: nothing should strike it through.
const TITLE: u16 = 6;

/// The lanes of a picture.
struct Lanes {
    xs: Vec<i32>,
    ys: Vec<i32>,
    /// The box that a horizontal piece to the right of a point touches.
    right: Vec<Option<usize>>,
    /// The box that a vertical piece below a point touches.
    below: Vec<Option<usize>>,
    /// How many arrows run along each piece, and through each point, horizontally and vertically.
    used_right: Vec<u16>,
    used_below: Vec<u16>,
}

/// Ways for all arrows, short ones first.
pub fn routes(diagram: &Diagram, layout: &Layout) -> Vec<Way> {
    let mut lanes = Lanes::new(layout);
    let mut ways = vec![Way::default(); diagram.edges.len()];
    let far = |i: &usize| {
        let edge = &diagram.edges[*i];
        let (a, b) = (middle(&layout.nodes[edge.from.0]), middle(&layout.nodes[edge.to.0]));
        (a.0 - b.0).abs() + (a.1 - b.1).abs()
    };
    let mut order: Vec<usize> = (0..diagram.edges.len()).collect();
    order.sort_by_key(|i| (far(i), *i));
    for i in order {
        let edge = &diagram.edges[i];
        ways[i].points = lanes.find(layout, edge.from.0, edge.to.0);
    }
    ways
}

/// The middle of a box.
pub fn middle(rect: &Rect) -> Point {
    (rect.x + rect.w / 2, rect.y + rect.h / 2)
}

/// The lanes of one direction: middles of boxes, around each box, and in the middle of what is free between sides.
fn lanes(boxes: impl Iterator<Item = (i32, i32)>, sides: impl Iterator<Item = i32>, end: i32) -> Vec<i32> {
    let sides: BTreeSet<i32> = sides.chain([0, end]).collect();
    let mut all: BTreeSet<i32> = boxes.flat_map(|(low, high)| [low - AROUND, (low + high) / 2, high + AROUND]).collect();
    let sides: Vec<i32> = sides.into_iter().collect();
    for pair in sides.windows(2) {
        if let [a, b] = pair
            && b - a >= 24
        {
            all.insert((a + b) / 2);
        }
    }
    all.into_iter().collect()
}

impl Lanes {
    fn new(layout: &Layout) -> Lanes {
        let rects = || layout.nodes.iter().chain(&layout.groups);
        let xs = lanes(layout.nodes.iter().map(|r| (r.x, r.right())), rects().flat_map(|r| [r.x, r.right()]), layout.size.0);
        let ys = lanes(layout.nodes.iter().map(|r| (r.y, r.bottom())), rects().flat_map(|r| [r.y, r.bottom()]), layout.size.1);
        let count = xs.len() * ys.len();
        let mut lanes = Lanes {
            right: vec![None; count],
            below: vec![None; count],
            used_right: vec![0; count],
            used_below: vec![0; count],
            xs,
            ys,
        };
        for (id, rect) in layout.nodes.iter().enumerate() {
            lanes.block(id, &rect.grown(CLEAR));
        }
        for title in layout.title_places() {
            lanes.avoid(&title);
        }
        lanes
    }
    fn at(&self, x: usize, y: usize) -> usize {
        y * self.xs.len() + x
    }
    /// Marks every piece that touches a box.
    fn block(&mut self, id: usize, rect: &Rect) {
        let (from_x, to_x) = span(&self.xs, rect.x, rect.right());
        let (from_y, to_y) = span(&self.ys, rect.y, rect.bottom());
        for y in from_y..to_y {
            for x in from_x.saturating_sub(1)..to_x {
                let at = self.at(x, y);
                self.right[at] = Some(id);
            }
        }
        for x in from_x..to_x {
            for y in from_y.saturating_sub(1)..to_y {
                let at = self.at(x, y);
                self.below[at] = Some(id);
            }
        }
    }
    /// Makes every piece dear that goes through a title.
    fn avoid(&mut self, rect: &Rect) {
        let (from_x, to_x) = span(&self.xs, rect.x, rect.right());
        let (from_y, to_y) = span(&self.ys, rect.y, rect.bottom());
        for y in from_y..to_y {
            for x in from_x.saturating_sub(1)..to_x {
                let at = self.at(x, y);
                self.used_right[at] = TITLE;
            }
        }
        for x in from_x..to_x {
            for y in from_y.saturating_sub(1)..to_y {
                let at = self.at(x, y);
                self.used_below[at] = TITLE;
            }
        }
    }
    /// The corners of the cheapest way from the middle of one box to the middle of another, cut off at their sides.
    fn find(&mut self, layout: &Layout, from: usize, to: usize) -> Vec<Point> {
        let (a, b) = (&layout.nodes[from], &layout.nodes[to]);
        let place = |p: Point| Some((self.xs.binary_search(&p.0).ok()?, self.ys.binary_search(&p.1).ok()?));
        let (Some(start), Some(end)) = (place(middle(a)), place(middle(b))) else { return Vec::new() };
        let Some(corners) = self.search(start, end, (from, a), (to, b)) else { return straight(a, b) };
        self.remember(&corners);
        let points: Vec<Point> = corners.iter().map(|(x, y)| (self.xs[*x], self.ys[*y])).collect();
        cut_off(points, a, b)
    }
    /// A* over points and directions.
    fn search(
        &self,
        start: (usize, usize),
        end: (usize, usize),
        (from, a): (usize, &Rect),
        (to, b): (usize, &Rect),
    ) -> Option<Vec<(usize, usize)>> {
        // A state is a point and how it was come to: 0 along a row, 1 along a column.
        let state = |x: usize, y: usize, way: usize| (y * self.xs.len() + x) * 2 + way;
        let count = self.xs.len() * self.ys.len() * 2;
        let mut cost = vec![i32::MAX; count];
        let mut came = vec![usize::MAX; count];
        let goal = (self.xs[end.0], self.ys[end.1]);
        let left = |x: usize, y: usize| {
            let (dx, dy) = ((self.xs[x] - goal.0).abs(), (self.ys[y] - goal.1).abs());
            dx + dy + if dx > 0 && dy > 0 { CORNER } else { 0 }
        };
        let mut open = BinaryHeap::new();
        for way in 0..2 {
            cost[state(start.0, start.1, way)] = 0;
            open.push(Reverse((left(start.0, start.1), state(start.0, start.1, way))));
        }
        while let Some(Reverse((guess, at))) = open.pop() {
            let (way, point) = (at % 2, at / 2);
            let (x, y) = (point % self.xs.len(), point / self.xs.len());
            if guess > cost[at].saturating_add(left(x, y)) {
                continue;
            }
            if (x, y) == end {
                return Some(self.back(&came, at));
            }
            for (nx, ny, turn, piece, blocked, used) in self.steps(x, y) {
                let owner = blocked.filter(|o| *o != from && *o != to);
                let corner = turn != way && (x, y) != start;
                let point = (self.xs[x], self.ys[y]);
                // Inside of its own boxes and close to them an arrow goes straight: it leaves and comes at the middle of a side.
                if owner.is_some() || (corner && (has(&a.grown(NEAR), point) || has(&b.grown(NEAR), point))) {
                    continue;
                }
                let mut step = piece + if corner { CORNER } else { 0 };
                step += i32::from(used) * SHARED + self.crossed(x, y, turn);
                let next = state(nx, ny, turn);
                let total = cost[at] + step;
                if total < cost[next] {
                    cost[next] = total;
                    came[next] = at;
                    open.push(Reverse((total + left(nx, ny), next)));
                }
            }
        }
        None
    }
    /// The neighbours of a point: where, along what, how far, through which box, with how many others.
    fn steps(&self, x: usize, y: usize) -> impl Iterator<Item = (usize, usize, usize, i32, Option<usize>, u16)> {
        let mut all = [None; 4];
        if x + 1 < self.xs.len() {
            let at = self.at(x, y);
            all[0] = Some((x + 1, y, 0, self.xs[x + 1] - self.xs[x], self.right[at], self.used_right[at]));
        }
        if x > 0 {
            let at = self.at(x - 1, y);
            all[1] = Some((x - 1, y, 0, self.xs[x] - self.xs[x - 1], self.right[at], self.used_right[at]));
        }
        if y + 1 < self.ys.len() {
            let at = self.at(x, y);
            all[2] = Some((x, y + 1, 1, self.ys[y + 1] - self.ys[y], self.below[at], self.used_below[at]));
        }
        if y > 0 {
            let at = self.at(x, y - 1);
            all[3] = Some((x, y - 1, 1, self.ys[y] - self.ys[y - 1], self.below[at], self.used_below[at]));
        }
        all.into_iter().flatten()
    }
    /// What it costs to go on from a point in a direction across what runs the other way there.
    fn crossed(&self, x: usize, y: usize, way: usize) -> i32 {
        let at = self.at(x, y);
        let across = match way {
            0 => self.used_below[at].max(if y > 0 { self.used_below[self.at(x, y - 1)] } else { 0 }),
            _ => self.used_right[at].max(if x > 0 { self.used_right[self.at(x - 1, y)] } else { 0 }),
        };
        i32::from(across) * CROSSING
    }
    fn back(&self, came: &[usize], mut at: usize) -> Vec<(usize, usize)> {
        let mut points = Vec::new();
        loop {
            let point = at / 2;
            points.push((point % self.xs.len(), point / self.xs.len()));
            match came[at] {
                usize::MAX => break,
                before => at = before,
            }
        }
        points.reverse();
        points
    }
    /// Counts an arrow on every piece of its way.
    fn remember(&mut self, points: &[(usize, usize)]) {
        for pair in points.windows(2) {
            let [(ax, ay), (bx, by)] = pair else { continue };
            let at = self.at(*ax.min(bx), *ay.min(by));
            let used = if ay == by { &mut self.used_right } else { &mut self.used_below };
            used[at] = used[at].saturating_add(1);
        }
    }
}

/// Which lanes lie inside of an interval, both ends included.
fn span(lanes: &[i32], from: i32, to: i32) -> (usize, usize) {
    (lanes.partition_point(|l| *l < from), lanes.partition_point(|l| *l <= to))
}

fn has(rect: &Rect, point: Point) -> bool {
    rect.x <= point.0 && point.0 <= rect.right() && rect.y <= point.1 && point.1 <= rect.bottom()
}

/// Where nothing is free (which no layout leads to): straight from side to side.
fn straight(a: &Rect, b: &Rect) -> Vec<Point> {
    let ((ax, ay), (bx, by)) = (middle(a), middle(b));
    cut_off(vec![(ax, ay), (bx, ay), (bx, by)], a, b)
}

/// Points without those that stand on a straight line, beginning and ending at the sides of the boxes.
fn cut_off(points: Vec<Point>, a: &Rect, b: &Rect) -> Vec<Point> {
    let mut corners: Vec<Point> = Vec::new();
    for point in points {
        if let [.., before, last] = corners.as_slice()
            && ((before.0 == last.0 && last.0 == point.0) || (before.1 == last.1 && last.1 == point.1))
        {
            corners.pop();
        }
        if corners.last() != Some(&point) {
            corners.push(point);
        }
    }
    let count = corners.len();
    if count >= 2 {
        corners[0] = side(a, corners[1]);
        corners[count - 1] = side(b, corners[count - 2]);
    }
    corners
}

/// The middle of the side of a box that looks towards a point in line with the box's middle.
fn side(rect: &Rect, towards: Point) -> Point {
    let (x, y) = middle(rect);
    if towards.1 == y {
        (if towards.0 > x { rect.right() } else { rect.x }, y)
    } else {
        (x, if towards.1 > y { rect.bottom() } else { rect.y })
    }
}
