//! Packet lines: four hexadecimal digits of length, then the line.

/// One packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Packet {
    /// A line, its line break included.
    Line(Vec<u8>),
    /// `0000`: the end of a part.
    Flush,
    /// `0001`: the end of a section, in protocol version 2.
    Delimiter,
}

/// Ends a part.
pub(crate) const FLUSH: &[u8] = b"0000";
/// Ends a section.
pub(crate) const DELIMITER: &[u8] = b"0001";

/// Adds a line.
pub(crate) fn line(out: &mut Vec<u8>, bytes: impl AsRef<[u8]>) {
    let bytes = bytes.as_ref();
    out.extend(format!("{:04x}", bytes.len() + 4).bytes());
    out.extend(bytes);
}

/// Adds `data` in packets of the side band: 1 is the pack, 2 what people see, 3 a fatal error.
pub(crate) fn band(out: &mut Vec<u8>, number: u8, data: &[u8]) {
    for chunk in data.chunks(65_000) {
        let mut packet = vec![number];
        packet.extend(chunk);
        line(out, packet);
    }
}

/// Reads packets up to the first flush when `once`, else all; what is left after them.
pub(crate) fn read(mut data: &[u8], once: bool) -> (Vec<Packet>, &[u8]) {
    let mut packets = Vec::new();
    while let Some(length) = data.get(..4).and_then(|l| usize::from_str_radix(std::str::from_utf8(l).ok()?, 16).ok()) {
        if length < 4 {
            data = &data[4..];
            packets.push(if length == 0 { Packet::Flush } else { Packet::Delimiter });
            if length == 0 && once {
                break;
            }
            continue;
        }
        let Some(body) = data.get(4..length) else { break };
        packets.push(Packet::Line(body.to_vec()));
        data = &data[length..];
    }
    (packets, data)
}

impl Packet {
    /// The line's text without its line break; empty for the others.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Line(bytes) => String::from_utf8_lossy(bytes).trim_end_matches('\n').to_owned(),
            Self::Flush | Self::Delimiter => String::new(),
        }
    }
}
