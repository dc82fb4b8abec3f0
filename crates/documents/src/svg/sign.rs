//! The signs of boxes, 16 pixels wide and high.

use crate::diagram::Kind;

/// The sign of a kind, as the inside of a group.
pub fn sign(kind: Kind) -> &'static str {
    match kind {
        Kind::Person => {
            "<circle class=\"sign\" cx=\"8\" cy=\"4.5\" r=\"3.5\"/><path class=\"sign\" d=\"M1.5 15c0-4 3-6 6.5-6s6.5 2 6.5 6z\"/>"
        }
        Kind::Outside => {
            "<path class=\"sign\" d=\"M4.5 13h7.500a3 3 0 0 0 .5-6A4.500 4.500 0 0 0 4 6.500A3.300 3.300 0 0 0 4.500 13z\"/>"
        }
        Kind::Way => "<path class=\"sign\" d=\"M1 6h8V2.500L15 8l-6 5.500V10H1z\"/>",
        Kind::Service => "<path class=\"sign\" d=\"M8 1l6.500 3.500v7L8 15l-6.500-3.500v-7z\"/>",
        Kind::App => {
            "<rect class=\"sign\" x=\"1\" y=\"2\" width=\"14\" height=\"12\" rx=\"2\"/><path class=\"cut\" d=\"M1.500 5.500h13\"/>"
        }
        Kind::Store => {
            "<path class=\"sign\" d=\"M2 3.500C2 2.100 4.700 1 8 1s6 1.100 6 2.500v9c0 1.400-2.700 2.500-6 2.500s-6-1.100-6-2.500z\"/><path class=\"cut\" d=\"M2.500 4.500c1 1 3 1.500 5.500 1.500s4.500-.5 5.500-1.500\"/>"
        }
        Kind::Ground => "<path class=\"sign\" d=\"M1 3h14v3.500H1zM1 8.500h14V12H1z\"/>",
    }
}
