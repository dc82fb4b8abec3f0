//! A terminal's other screen, on which something is drawn again and again.

/// Goes there, and hides the cursor. Source: xterm's control sequences, "alternate screen buffer".
pub const ENTER: &str = "\x1b[?1049h\x1b[?25l";
/// Comes back: what was there before is there again, and the cursor.
pub const LEAVE: &str = "\x1b[?25h\x1b[?1049l";

/// A whole screen of so many lines: as much of the text as fits, and a foot line. Lines are overwritten, not cleared
/// first, so that nothing flickers.
pub fn frame(text: &str, height: usize, foot: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let room = height.saturating_sub(1);
    let (shown, foot) = match lines.len() > room {
        true => {
            let shown = room.saturating_sub(1);
            (shown, format!("{} more lines on a higher terminal; {foot}", lines.len() - shown))
        }
        false => (lines.len(), foot.to_owned()),
    };
    let mut out = String::from("\x1b[H");
    for line in lines.iter().take(shown) {
        out.push_str(&format!("{line}\x1b[K\r\n"));
    }
    out.push_str(&format!("\x1b[J{foot}"));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_never_higher_than_its_terminal() {
        let text: String = (0..50).map(|n| format!("line {n}\n")).collect();
        for height in [1, 2, 10, 24, 60] {
            let drawn = frame(&text, height, "foot");
            assert!(drawn.lines().count() <= height, "{height}: {drawn:?}");
        }
        assert!(frame(&text, 10, "foot").contains("42 more lines"));
        assert!(!frame("one\n", 10, "foot").contains("more"));
    }
}
