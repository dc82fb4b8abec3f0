//! Boxes in layers, from the innermost frame outwards.

use super::{
    Layout, PADDING, Rect, SIGN, Text,
    measure::{Face, width, wrap},
};
use crate::diagram::{Diagram, Group, GroupId, Node};
use std::collections::{BTreeMap, BTreeSet};

/// The widest that text in a box gets.
const WIDEST: i32 = 312;
/// The narrowest that a box gets.
const NARROWEST: i32 = 132;
/// Between boxes of one layer.
const APART: i32 = 26;
/// Between two layers, at least.
const LAYERS: i32 = 56;
/// Between a frame and what it holds.
const INSIDE: i32 = 26;
/// Around all of it.
const MARGIN: i32 = 14;
/// How much wider than high a picture is wanted, in hundredths: a slide's shape.
const SHAPE: i64 = 185;

/// What a frame holds directly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Node(usize),
    Group(usize),
}

/// A laid out part of the picture, its upper left corner at the origin.
#[derive(Debug, Clone, Default)]
struct Block {
    w: i32,
    h: i32,
    nodes: BTreeMap<usize, Rect>,
    groups: BTreeMap<usize, Rect>,
}

/// Every box and frame in its place; no arrows yet.
pub fn place(diagram: &Diagram) -> Layout {
    let texts: Vec<Vec<Text>> = diagram.nodes.iter().map(lines).collect();
    let sizes: Vec<(i32, i32)> = texts.iter().map(|t| size(t)).collect();
    let titles: Vec<Vec<Text>> = diagram.groups.iter().map(title).collect();
    let all = inside(diagram, None, &sizes, &titles);
    let moved = |r: Option<&Rect>| r.map(|r| Rect { x: r.x + MARGIN, y: r.y + MARGIN, ..*r }).unwrap_or_default();
    Layout {
        size: (all.w + 2 * MARGIN, all.h + 2 * MARGIN),
        nodes: (0..diagram.nodes.len()).map(|n| moved(all.nodes.get(&n))).collect(),
        texts,
        groups: (0..diagram.groups.len()).map(|g| moved(all.groups.get(&g))).collect(),
        titles,
        ways: Vec::new(),
    }
}

/// What is written in a box.
fn lines(node: &Node) -> Vec<Text> {
    let mut all = Vec::new();
    let mut y = PADDING - 2;
    let mut put = |face: Face, text: &str, most: i32| {
        for line in wrap(text, face, most) {
            all.push(Text { face, text: line, y });
            y += face.leading();
        }
    };
    put(Face::Title, &node.title, WIDEST - SIGN);
    put(Face::Caption, &node.caption, WIDEST - SIGN);
    for line in &node.lines {
        put(Face::Line, line, WIDEST - SIGN);
    }
    all
}

fn size(texts: &[Text]) -> (i32, i32) {
    let widest = texts.iter().map(|t| width(&t.text, t.face) + SIGN).max().unwrap_or(0);
    let bottom = texts.last().map_or(0, |t| t.y + t.face.leading());
    (even((widest + 2 * PADDING).max(NARROWEST)), even(bottom + PADDING - 4))
}

/// Halves of boxes have to be whole numbers.
fn even(n: i32) -> i32 {
    n + n % 2
}

fn title(group: &Group) -> Vec<Text> {
    let mut y = 9;
    let mut all = Vec::new();
    for (face, text) in [(Face::Title, &group.title), (Face::Caption, &group.caption)] {
        for line in wrap(text, face, 420) {
            all.push(Text { face, text: line, y });
            y += face.leading();
        }
    }
    all
}

fn inside(diagram: &Diagram, group: Option<GroupId>, sizes: &[(i32, i32)], titles: &[Vec<Text>]) -> Block {
    let mut parts: Vec<Part> =
        diagram.nodes.iter().enumerate().filter(|(_, n)| n.group == group).map(|(i, _)| Part::Node(i)).collect();
    parts.extend(diagram.groups.iter().enumerate().filter(|(_, g)| g.parent == group).map(|(i, _)| Part::Group(i)));
    let blocks: Vec<Block> = parts
        .iter()
        .map(|part| match part {
            Part::Node(n) => {
                let (w, h) = sizes.get(*n).copied().unwrap_or_default();
                Block { w, h, nodes: BTreeMap::from([(*n, Rect { x: 0, y: 0, w, h })]), groups: BTreeMap::new() }
            }
            Part::Group(g) => framed(diagram, *g, sizes, titles),
        })
        .collect();
    let edges = lifted(diagram, &parts);
    if edges.is_empty() {
        // What arrows come to from elsewhere stands in one column, so that they need not go around the others.
        let within = |n: usize| diagram.nodes.get(n).is_some_and(|n| n.group == group);
        let reached = diagram.edges.iter().filter(|e| within(e.from.0) || within(e.to.0)).count();
        let most = if reached * 2 > parts.len() && parts.len() < 10 { 1 } else { parts.len() };
        return grid(&parts, &blocks, (0, 0), most);
    }
    // What has no arrows stands below what has.
    let connected: BTreeSet<usize> = edges.iter().flat_map(|(a, b)| [*a, *b]).collect();
    let (mut above, mut below) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
    let mut numbers = BTreeMap::new();
    for (i, (part, block)) in parts.into_iter().zip(blocks).enumerate() {
        let side = if connected.contains(&i) { &mut above } else { &mut below };
        numbers.insert(i, side.0.len());
        side.0.push(part);
        side.1.push(block);
    }
    let edges: BTreeSet<(usize, usize)> = edges.iter().map(|(a, b)| (numbers[a], numbers[b])).collect();
    let layers = layers(above.0.len(), &edges);
    let upper = layered(diagram, &above.0, above.1, &edges, &layers);
    if below.0.is_empty() {
        return upper;
    }
    let count = below.0.len();
    let lower = grid(&below.0, &below.1, (upper.w, upper.h + APART), count);
    let mut all = Block { w: upper.w.max(lower.w), h: upper.h + APART + lower.h, ..Block::default() };
    let left = (all.w - upper.w) / 2;
    add(&mut all, &upper, left, 0);
    add(&mut all, &lower, 0, upper.h + APART);
    all
}

/// A frame with what it holds.
fn framed(diagram: &Diagram, id: usize, sizes: &[(i32, i32)], titles: &[Vec<Text>]) -> Block {
    let inner = inside(diagram, Some(GroupId(id)), sizes, titles);
    let title = titles.get(id).map(Vec::as_slice).unwrap_or_default();
    let head = title.last().map_or(0, |t| t.y + t.face.leading()) + 8;
    let widest = title.iter().map(|t| width(&t.text, t.face)).max().unwrap_or(0) + 2 * PADDING;
    let (w, h) = (even((inner.w + 2 * INSIDE).max(widest)), even(inner.h + head + INSIDE));
    let mut block = Block { w, h, ..Block::default() };
    add(&mut block, &inner, (w - inner.w) / 2, head);
    block.groups.insert(id, Rect { x: 0, y: 0, w, h });
    block
}

fn add(to: &mut Block, part: &Block, x: i32, y: i32) {
    let moved = |(id, r): (&usize, &Rect)| (*id, Rect { x: r.x + x, y: r.y + y, ..*r });
    to.nodes.extend(part.nodes.iter().map(moved));
    to.groups.extend(part.groups.iter().map(moved));
}

/// The arrows between parts of one frame: whatever goes from something in one to something in another.
fn lifted(diagram: &Diagram, parts: &[Part]) -> BTreeSet<(usize, usize)> {
    let part_of = |node: usize| {
        parts.iter().position(|p| match p {
            Part::Node(n) => *n == node,
            Part::Group(g) => diagram.nodes.get(node).is_some_and(|n| diagram.around(n.group).contains(&GroupId(*g))),
        })
    };
    let ends = diagram.edges.iter().filter_map(|e| Some((part_of(e.from.0)?, part_of(e.to.0)?)));
    ends.filter(|(a, b)| a != b).collect()
}

/// The layer of each part: after everything that points to it. An arrow that would close a circle counts the other way round.
fn layers(count: usize, edges: &BTreeSet<(usize, usize)>) -> Vec<usize> {
    let mut forward: Vec<(usize, usize)> = Vec::new();
    for (a, b) in edges {
        if !reaches(&forward, *b, *a) {
            forward.push((*a, *b));
        }
    }
    let mut layer = vec![0usize; count];
    for _ in 0..count {
        for (a, b) in &forward {
            layer[*b] = layer[*b].max(layer[*a] + 1);
        }
    }
    // What nothing points to stands right before what it points to.
    for at in 0..count {
        let nearest = forward.iter().filter(|(a, _)| *a == at).map(|(_, b)| layer[*b]).min();
        if let (Some(nearest), false) = (nearest, forward.iter().any(|(_, b)| *b == at)) {
            layer[at] = nearest - 1;
        }
    }
    layer
}

fn reaches(edges: &[(usize, usize)], from: usize, to: usize) -> bool {
    let mut seen = BTreeSet::from([from]);
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        if at == to {
            return true;
        }
        open.extend(edges.iter().filter(|(a, _)| *a == at).map(|(_, b)| *b).filter(|b| seen.insert(*b)));
    }
    false
}

/// Parts without arrows between them, in columns, so that they and what stands above them are as near to a slide's shape as
/// it gets.
fn grid(parts: &[Part], blocks: &[Block], above: (i32, i32), most: usize) -> Block {
    let lost = |columns: usize| {
        let all = filled(parts, blocks, columns);
        let (w, h) = (i64::from(all.w.max(above.0)), i64::from(all.h + above.1));
        (w.max(h * SHAPE / 100), w * h)
    };
    let most = blocks.len().clamp(1, most);
    let columns = (1..=most).min_by_key(|c| (lost(*c), *c)).unwrap_or(1);
    filled(parts, blocks, columns)
}

/// Each part below the ones that came before it, where a column is shortest.
fn filled(parts: &[Part], blocks: &[Block], columns: usize) -> Block {
    let mut heights = vec![0; columns];
    let mut of: Vec<Vec<usize>> = vec![Vec::new(); columns];
    for (i, block) in blocks.iter().enumerate() {
        let Some((column, height)) = heights.iter_mut().enumerate().min_by_key(|(c, h)| (**h, *c)) else { continue };
        *height += block.h + APART;
        of[column].push(i);
    }
    let mut all = Block::default();
    for column in of.iter().filter(|c| !c.is_empty()) {
        let w = column.iter().map(|i| blocks[*i].w).max().unwrap_or(0);
        let boxes = column.iter().filter(|i| matches!(parts[**i], Part::Node(_)));
        let widest = boxes.map(|i| blocks[*i].w).max().unwrap_or(0);
        let x = if all.w == 0 { 0 } else { all.w + APART };
        let mut y = 0;
        for i in column {
            let block = stretched(&parts[*i], blocks[*i].clone(), widest);
            add(&mut all, &block, x, y);
            y += block.h + APART;
        }
        all.w = x + w;
        all.h = all.h.max(y - APART);
    }
    all
}

/// Boxes of one column are equally wide.
fn stretched(part: &Part, block: Block, w: i32) -> Block {
    match part {
        Part::Node(n) => {
            let h = block.h;
            Block { w, h, nodes: BTreeMap::from([(*n, Rect { x: 0, y: 0, w, h })]), groups: BTreeMap::new() }
        }
        Part::Group(_) => block,
    }
}

/// Parts with arrows between them: a column for each layer, ordered so that few arrows cross.
fn layered(diagram: &Diagram, parts: &[Part], blocks: Vec<Block>, edges: &BTreeSet<(usize, usize)>, layer: &[usize]) -> Block {
    let last = layer.iter().copied().max().unwrap_or(0);
    let mut columns: Vec<Vec<usize>> = vec![Vec::new(); last + 1];
    let connected: BTreeSet<usize> = edges.iter().flat_map(|(a, b)| [*a, *b]).collect();
    connected.iter().for_each(|p| columns[layer[*p]].push(*p));
    columns.retain(|c| !c.is_empty());
    let last = columns.len().saturating_sub(1);
    order(&mut columns, edges);
    let widths: Vec<i32> = columns.iter().map(|c| c.iter().map(|p| blocks[*p].w).max().unwrap_or(0)).collect();
    let heights: Vec<i32> = columns.iter().map(|c| c.iter().map(|p| blocks[*p].h + APART).sum::<i32>() - APART).collect();
    let highest = heights.iter().copied().max().unwrap_or(0);
    let gaps: Vec<i32> = (0..last).map(|at| gap(diagram, parts, &columns, at)).collect();
    let tops = tops(diagram, &columns, &blocks, &heights, highest);
    let mut all = Block { w: widths.iter().sum::<i32>() + gaps.iter().sum::<i32>(), h: highest, ..Block::default() };
    let mut x = 0;
    for (at, column) in columns.iter().enumerate() {
        let mut y = tops[at];
        // Boxes are as wide as each other, and not as a frame in their column.
        let boxes = column.iter().filter(|p| matches!(parts[**p], Part::Node(_)));
        let widest = boxes.map(|p| blocks[*p].w).max().unwrap_or(0);
        for part in column {
            let block = stretched(&parts[*part], blocks[*part].clone(), widest);
            add(&mut all, &block, x + (widths[at] - block.w) / 2, y);
            y += block.h + APART;
        }
        x += widths[at] + gaps.get(at).copied().unwrap_or(0);
    }
    all
}

/// How far below the top each column begins: so that arrows to the columns beside it are as level as the room allows. The
/// highest one stays, the others follow from it to both sides.
fn tops(diagram: &Diagram, columns: &[Vec<usize>], blocks: &[Block], heights: &[i32], highest: i32) -> Vec<i32> {
    let mut tops = vec![0; columns.len()];
    let start = heights.iter().position(|h| *h == highest).unwrap_or(0);
    let mut middles: BTreeMap<usize, i32> = BTreeMap::new();
    let right = start..columns.len();
    for at in right.chain((0..start).rev()) {
        let mut own: BTreeMap<usize, i32> = BTreeMap::new();
        let mut y = 0;
        for part in &columns[at] {
            own.extend(blocks[*part].nodes.iter().map(|(id, r)| (*id, y + r.y + r.h / 2)));
            y += blocks[*part].h + APART;
        }
        let level = |e: &crate::diagram::Edge| {
            let (from, to) = (e.from.0, e.to.0);
            let pair = own.get(&from).zip(middles.get(&to)).or_else(|| own.get(&to).zip(middles.get(&from)));
            pair.map(|(own, other)| other - own)
        };
        let wanted: Vec<i32> = diagram.edges.iter().filter_map(level).collect();
        let free = highest - heights[at];
        let top = if wanted.is_empty() { free / 2 } else { wanted.iter().sum::<i32>() / wanted.len() as i32 };
        tops[at] = top.clamp(0, free);
        middles.extend(own.into_iter().map(|(id, y)| (id, y + tops[at])));
    }
    tops
}

/// How far two neighbouring columns are apart: as far as the labels of the arrows between them are wide, and more where there
/// are many of them.
fn gap(diagram: &Diagram, parts: &[Part], columns: &[Vec<usize>], at: usize) -> i32 {
    let side = |node: usize, columns: &[Vec<usize>]| {
        columns.iter().flatten().any(|p| match parts[*p] {
            Part::Node(n) => n == node,
            Part::Group(g) => diagram.nodes.get(node).is_some_and(|n| diagram.around(n.group).contains(&GroupId(g))),
        })
    };
    let (before, after) = columns.split_at(at + 1);
    let between = |from: usize, to: usize| side(from, before) && side(to, after) || side(to, before) && side(from, after);
    let crossing: Vec<&str> = diagram.edges.iter().filter(|e| between(e.from.0, e.to.0)).map(|e| e.label.as_str()).collect();
    let widest = crossing.iter().map(|l| super::labels::size(l).0).max().unwrap_or(0);
    LAYERS.max(widest + 34) + (crossing.len() as i32 - 3).clamp(0, 6) * 6
}

/// Orders each column by where its neighbours stand, back and forth, and keeps the order with the fewest crossings.
fn order(columns: &mut [Vec<usize>], edges: &BTreeSet<(usize, usize)>) {
    let mut best = columns.to_vec();
    let mut fewest = crossings(columns, edges);
    for sweep in 0..6 {
        let count = columns.len();
        let mut at: Vec<usize> = (0..count).collect();
        if sweep % 2 == 1 {
            at.reverse();
        }
        for column in at {
            let middle: BTreeMap<usize, i64> = columns[column]
                .iter()
                .enumerate()
                .map(|(i, part)| (*part, wanted(columns, edges, column, *part, i, sweep % 2 == 1)))
                .collect();
            columns[column].sort_by_key(|p| middle.get(p).copied().unwrap_or(0));
        }
        let now = crossings(columns, edges);
        if now < fewest {
            fewest = now;
            best = columns.to_vec();
        }
    }
    columns.clone_from_slice(&best);
}

/// The mean of where a part's neighbours on one side stand, in thousandths of their columns.
fn wanted(columns: &[Vec<usize>], edges: &BTreeSet<(usize, usize)>, column: usize, part: usize, now: usize, back: bool) -> i64 {
    let mut sum = 0i64;
    let mut count = 0i64;
    let others: Vec<usize> = if back { (column + 1..columns.len()).collect() } else { (0..column).collect() };
    for other in others {
        let length = columns[other].len() as i64;
        for (i, p) in columns[other].iter().enumerate() {
            if edges.contains(&(part, *p)) || edges.contains(&(*p, part)) {
                sum += (2 * i as i64 + 1) * 1000 / (2 * length);
                count += 1;
            }
        }
    }
    match count {
        0 => (2 * now as i64 + 1) * 1000 / (2 * columns[column].len() as i64),
        n => sum / n,
    }
}

fn crossings(columns: &[Vec<usize>], edges: &BTreeSet<(usize, usize)>) -> usize {
    let position: BTreeMap<usize, (usize, usize)> =
        columns.iter().enumerate().flat_map(|(c, column)| column.iter().enumerate().map(move |(i, p)| (*p, (c, i)))).collect();
    let ends: Vec<((usize, usize), (usize, usize))> = edges
        .iter()
        .filter_map(|(a, b)| {
            let (a, b) = (*position.get(a)?, *position.get(b)?);
            Some(if a <= b { (a, b) } else { (b, a) })
        })
        .collect();
    let mut count = 0;
    for (i, (a, b)) in ends.iter().enumerate() {
        for (c, d) in ends.iter().skip(i + 1) {
            let same = a.0 == c.0 && b.0 == d.0;
            count += usize::from(same && (a.1 < c.1) != (b.1 < d.1) && a.1 != c.1 && b.1 != d.1);
        }
    }
    count
}
