//! A picture as SVG: one file that is light or dark as its reader's screen is, with its own words inside.

mod sign;
mod style;

use crate::{
    diagram::{Diagram, Kind},
    layout::{
        Layout, PADDING, Point, Rect, SIGN, layout,
        measure::{Face, width, wrap},
    },
};
use std::{collections::BTreeSet, fmt::Write};

/// Around the title and the key.
const MARGIN: i32 = 26;
/// How round the corners of arrows are.
const ROUND: i32 = 9;

/// Writes a picture.
pub fn svg(diagram: &Diagram) -> String {
    drawn(diagram, &layout(diagram))
}

/// Writes a picture whose places are known.
pub fn drawn(diagram: &Diagram, layout: &Layout) -> String {
    let key = key(diagram);
    let wide = layout.size.0.max(width(&diagram.title, Face::Heading) + 2 * MARGIN).max(key.1 + 2 * MARGIN).max(720);
    let summary = wrap(&diagram.summary, Face::Summary, wide - 2 * MARGIN);
    let head = 22 + Face::Heading.leading() + Face::Summary.leading() * summary.len() as i32 + 6;
    let (width, height) = (wide, head + layout.size.1 + 44);
    let mut out = String::new();
    let description = diagram.sentences().join(" ");
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"{name}-title {name}-desc\">\n<title id=\"{name}-title\">{}</title>\n<desc id=\"{name}-desc\">{} {}</desc>\n{}",
        text(&diagram.title),
        text(&diagram.summary),
        text(&description),
        style::STYLE,
        name = diagram.name,
    );
    let _ = writeln!(out, "<rect class=\"canvas\" width=\"{width}\" height=\"{height}\"/>");
    line(&mut out, MARGIN, 20, Face::Heading, "heading", &diagram.title);
    let mut y = 22 + Face::Heading.leading();
    for one in &summary {
        line(&mut out, MARGIN, y, Face::Summary, "summary", one);
        y += Face::Summary.leading();
    }
    let _ = writeln!(out, "<g transform=\"translate({} {head})\">", (width - layout.size.0) / 2);
    body(&mut out, diagram, layout);
    out.push_str("</g>\n");
    let _ = writeln!(out, "<g transform=\"translate({MARGIN} {})\">\n{}</g>", height - 34, key.0);
    out.push_str("</svg>\n");
    out
}

fn body(out: &mut String, diagram: &Diagram, layout: &Layout) {
    for (i, (rect, title)) in layout.groups.iter().zip(&layout.titles).enumerate() {
        let depth = diagram.groups.get(i).map_or(0, |g| diagram.around(g.parent).len());
        let _ = writeln!(out, "<rect class=\"frame depth{depth}\" {} rx=\"14\"/>", place(rect));
        for one in title {
            line(out, rect.x + PADDING, rect.y + one.y, one.face, face_class(one.face, true), &one.text);
        }
    }
    for (edge, way) in diagram.edges.iter().zip(&layout.ways) {
        let dashed = if edge.dashed { " dashed" } else { "" };
        let _ = writeln!(out, "<path class=\"way{dashed}\" d=\"{}\"/>", path(&way.points));
        let _ = writeln!(out, "<path class=\"head\" d=\"{}\"/>", head(&way.points));
    }
    for (node, (rect, texts)) in diagram.nodes.iter().zip(layout.nodes.iter().zip(&layout.texts)) {
        let _ = writeln!(out, "<g class=\"{}\">", node.kind.class());
        let _ = writeln!(out, "<rect class=\"box\" {} rx=\"10\"/>", place(rect));
        let _ =
            writeln!(out, "<g transform=\"translate({} {})\">{}</g>", rect.x + PADDING, rect.y + PADDING, sign::sign(node.kind));
        for one in texts {
            line(out, rect.x + PADDING + SIGN, rect.y + one.y, one.face, face_class(one.face, false), &one.text);
        }
        out.push_str("</g>\n");
    }
    for (rect, lines) in layout.ways.iter().filter_map(|w| w.label.as_ref()) {
        let _ = writeln!(out, "<rect class=\"halo\" {} rx=\"5\"/>", place(rect));
        for (i, one) in lines.iter().enumerate() {
            let y = rect.y + 3 + i as i32 * Face::Label.leading() + Face::Label.size();
            let _ = writeln!(
                out,
                "<text class=\"label\" x=\"{}\" y=\"{y}\" text-anchor=\"middle\">{}</text>",
                rect.x + rect.w / 2,
                text(one)
            );
        }
    }
}

fn face_class(face: Face, frame: bool) -> &'static str {
    match (face, frame) {
        (Face::Title, true) => "frame-title",
        (Face::Title, false) => "title",
        (Face::Caption, _) => "caption",
        _ => "line",
    }
}

fn place(rect: &Rect) -> String {
    format!("x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"", rect.x, rect.y, rect.w, rect.h)
}

/// A line of text whose upper edge is at `y`.
fn line(out: &mut String, x: i32, y: i32, face: Face, class: &str, what: &str) {
    let _ = writeln!(out, "<text class=\"{class}\" x=\"{x}\" y=\"{}\">{}</text>", y + face.size(), text(what));
}

/// The signs that a picture uses, with what they mean, and how wide that is.
fn key(diagram: &Diagram) -> (String, i32) {
    let kinds: BTreeSet<Kind> = diagram.nodes.iter().map(|n| n.kind).collect();
    let (mut out, mut x) = (String::new(), 0);
    for kind in kinds {
        let _ = writeln!(
            out,
            "<g class=\"{}\" transform=\"translate({x} 0)\">{}<text class=\"key\" x=\"22\" y=\"13\">{}</text></g>",
            kind.class(),
            sign::sign(kind),
            kind.text()
        );
        x += 22 + width(kind.text(), Face::Line) + 22;
    }
    if diagram.edges.iter().any(|e| e.dashed) {
        let _ = writeln!(
            out,
            "<g transform=\"translate({x} 0)\"><path class=\"way dashed\" d=\"M0 8H30\"/><text class=\"key\" x=\"38\" y=\"13\">now and then</text></g>"
        );
        x += 38 + width("now and then", Face::Line);
    }
    (out, x)
}

/// A way with round corners, ending where its head begins.
fn path(points: &[Point]) -> String {
    let mut points = points.to_vec();
    let count = points.len();
    if count < 2 {
        return String::new();
    }
    points[count - 1] = towards(points[count - 1], points[count - 2], 7);
    let mut out = format!("M{} {}", points[0].0, points[0].1);
    for i in 1..count {
        let at = points[i];
        match points.get(i + 1) {
            Some(next) => {
                let round = ROUND.min(length(points[i - 1], at) / 2).min(length(at, *next) / 2);
                let (from, to) = (towards(at, points[i - 1], round), towards(at, *next, round));
                let _ = write!(out, "L{} {}Q{} {} {} {}", from.0, from.1, at.0, at.1, to.0, to.1);
            }
            None => {
                let _ = write!(out, "L{} {}", at.0, at.1);
            }
        }
    }
    out
}

/// The head of an arrow.
fn head(points: &[Point]) -> String {
    let [.., before, end] = points else { return String::new() };
    let base = towards(*end, *before, 9);
    let (dx, dy) = ((end.0 - base.0).signum() * 5, (end.1 - base.1).signum() * 5);
    format!("M{} {}L{} {}L{} {}Z", end.0, end.1, base.0 - dy, base.1 - dx, base.0 + dy, base.1 + dx)
}

fn length(a: Point, b: Point) -> i32 {
    (a.0 - b.0).abs() + (a.1 - b.1).abs()
}

/// So far from one point to another in line with it.
fn towards(from: Point, to: Point, by: i32) -> Point {
    (from.0 + (to.0 - from.0).signum() * by, from.1 + (to.1 - from.1).signum() * by)
}

/// Text as XML takes it.
pub fn text(raw: &str) -> String {
    let clean: String = raw.chars().filter(|c| !c.is_control()).collect();
    clean.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
