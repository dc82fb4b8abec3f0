//! Where everything of a picture stands: boxes in layers inside of their frames, arrows around the boxes.
//!
//! Whole numbers only, no randomness, no map whose order depends on a machine: the same picture is the same bytes everywhere.
//!
//! 1. Each box is as large as its text ([`measure`]).
//! 2. From the innermost frame outwards, what a frame holds is put into layers along the arrows between its parts, or into a
//!    grid where there are none ([`place`]). Frames are boxes to what is around them, so nothing can overlap.
//! 3. Each arrow takes the cheapest way on a grid of the free lanes between boxes ([`route`]); arrows that share a lane get
//!    tracks of their own ([`tracks`]), and a label goes where nothing else is ([`labels`]).

mod labels;
pub mod measure;
mod place;
mod route;
mod tracks;

use crate::diagram::Diagram;
use measure::Face;

/// A rectangle, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rect {
    /// Its left side.
    pub x: i32,
    /// Its upper side.
    pub y: i32,
    /// Its width.
    pub w: i32,
    /// Its height.
    pub h: i32,
}

impl Rect {
    /// Its right side.
    pub fn right(&self) -> i32 {
        self.x + self.w
    }
    /// Its lower side.
    pub fn bottom(&self) -> i32 {
        self.y + self.h
    }
    /// Whether two have a point inside of both.
    pub fn overlaps(&self, other: &Rect) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }
    /// The same, larger on every side.
    #[must_use]
    pub fn grown(&self, by: i32) -> Rect {
        Rect { x: self.x - by, y: self.y - by, w: self.w + 2 * by, h: self.h + 2 * by }
    }
    /// Whether all of another is inside.
    pub fn holds(&self, other: &Rect) -> bool {
        self.x <= other.x && self.y <= other.y && other.right() <= self.right() && other.bottom() <= self.bottom()
    }
}

/// A point, in pixels.
pub type Point = (i32, i32);

/// A line of text in a box, with its upper edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// How it is written.
    pub face: Face,
    /// What it says.
    pub text: String,
    /// How far below the box's upper side it begins.
    pub y: i32,
}

/// An arrow as it is drawn.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Way {
    /// Its corners, from the side of one box to the side of another.
    pub points: Vec<Point>,
    /// Its label's place and lines; nothing where it has none, or where there is no room.
    pub label: Option<(Rect, Vec<String>)>,
}

/// A picture with every place in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The width and height of all of it.
    pub size: (i32, i32),
    /// The boxes, in the picture's order.
    pub nodes: Vec<Rect>,
    /// What is written in each.
    pub texts: Vec<Vec<Text>>,
    /// The frames, in the picture's order.
    pub groups: Vec<Rect>,
    /// What is written at the top of each.
    pub titles: Vec<Vec<Text>>,
    /// The arrows, in the picture's order.
    pub ways: Vec<Way>,
}

impl Layout {
    /// Where the titles of frames stand.
    pub fn title_places(&self) -> impl Iterator<Item = Rect> {
        self.groups.iter().zip(&self.titles).filter(|(_, title)| !title.is_empty()).map(|(rect, title)| {
            let widest = title.iter().map(|t| measure::width(&t.text, t.face)).max().unwrap_or(0);
            let h = title.last().map_or(0, |t| t.y + t.face.leading());
            Rect { x: rect.x + PADDING - 4, y: rect.y + 6, w: widest + 8, h: h - 6 }
        })
    }
}

/// The space between the text of a box and its sides.
pub const PADDING: i32 = 14;
/// Where the text of a box begins, beside its sign.
pub const SIGN: i32 = 22;

/// Puts everything into its place.
pub fn layout(diagram: &Diagram) -> Layout {
    let mut layout = place::place(diagram);
    let mut ways = route::routes(diagram, &layout);
    tracks::spread(diagram, &layout, &mut ways);
    layout.ways = ways;
    labels::put(diagram, &mut layout);
    layout
}
