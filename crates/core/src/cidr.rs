//! Address ranges: networks in CIDR notation, and ranges from one address to another.

use crate::quantity::{Misread, text_quantity};
use ipnet::{IpNet, Ipv4Net};
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr},
    str::FromStr,
};

/// A network such as `10.20.0.0/20`; the address is the network's own, no host's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cidr(IpNet);

impl Cidr {
    /// The network of an IPv4 address, the host's bits cleared; prefixes above 32 count as 32.
    pub fn v4(address: Ipv4Addr, prefix: u8) -> Cidr {
        let net = Ipv4Net::new(address, prefix.min(32)).map_or_else(|_| Ipv4Net::from(address), |n| n.trunc());
        Cidr(IpNet::V4(net))
    }
    /// The network's own address.
    pub fn address(&self) -> IpAddr {
        self.0.network()
    }
    /// How many bits are fixed.
    pub fn prefix(&self) -> u8 {
        self.0.prefix_len()
    }
    /// Whether it is of IPv4.
    pub fn is_v4(&self) -> bool {
        matches!(self.0, IpNet::V4(_))
    }
    /// The first address of the range.
    pub fn first(&self) -> IpAddr {
        self.0.network()
    }
    /// The last address of the range.
    pub fn last(&self) -> IpAddr {
        self.0.broadcast()
    }
    /// Whether any address is in both.
    pub fn overlaps(&self, other: &Cidr) -> bool {
        self.0.contains(&other.0) || other.0.contains(&self.0)
    }
    /// Whether the address is inside.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }
    /// Whether the other network lies inside as a whole.
    pub fn covers(&self, other: &Cidr) -> bool {
        self.0.contains(&other.0)
    }
    /// Whether it lies in the private ranges of RFC 1918 (IPv4) or `fc00::/7` (IPv6).
    pub fn is_private(&self) -> bool {
        let of = |text: &str| text.parse::<IpNet>().is_ok_and(|n| n.contains(&self.0));
        ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"].into_iter().any(of)
    }
}

impl FromStr for Cidr {
    type Err = Misread;
    fn from_str(text: &str) -> Result<Cidr, Misread> {
        if let Ok(address) = text.parse::<IpAddr>() {
            let hint = if address.is_ipv4() {
                format!("write {text}/20, or {text}/32 for one address")
            } else {
                format!("write {text}/128")
            };
            return Err(Misread::new(format!("`{text}` has no prefix length")).hint(hint));
        }
        let net: IpNet = text.parse().map_err(|_| {
            Misread::new(format!("`{text}` is not a network in CIDR notation")).hint("write a network such as 10.20.0.0/20")
        })?;
        if net.trunc() != net {
            return Err(Misread::new(format!("`{text}` is an address inside of a network, not the network"))
                .hint(format!("write {}", net.trunc())));
        }
        Ok(Cidr(net))
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
text_quantity!(Cidr);

/// Addresses from the first to the last, both included: `192.168.10.64-192.168.10.79`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressRange {
    /// The first.
    pub first: Ipv4Addr,
    /// The last; never before the first.
    pub last: Ipv4Addr,
}

impl AddressRange {
    /// Whether the address is inside.
    pub fn contains(&self, address: Ipv4Addr) -> bool {
        (self.first..=self.last).contains(&address)
    }
    /// Whether both ends lie in the network, and so everything between.
    pub fn is_inside(&self, network: &Cidr) -> bool {
        network.contains(self.first.into()) && network.contains(self.last.into())
    }
    /// How many addresses it holds.
    pub fn len(&self) -> u64 {
        u64::from(u32::from(self.last)) - u64::from(u32::from(self.first)) + 1
    }
    /// Never: both ends are included.
    pub fn is_empty(&self) -> bool {
        false
    }
}

impl FromStr for AddressRange {
    type Err = Misread;
    fn from_str(text: &str) -> Result<AddressRange, Misread> {
        let misread =
            |why: String| Misread::new(why).hint("write the first and the last address, such as 192.168.10.64-192.168.10.79");
        let parts = text.split_once('-').and_then(|(a, b)| Some((a.trim().parse().ok()?, b.trim().parse().ok()?)));
        match parts {
            Some((first, last)) if first <= last => Ok(AddressRange { first, last }),
            Some((first, last)) => Err(misread(format!("the range ends at {last}, before it begins at {first}"))),
            None => Err(misread(format!("`{text}` is not a range of addresses"))),
        }
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}
text_quantity!(AddressRange);

#[cfg(test)]
mod tests {
    use super::*;

    fn net(text: &str) -> Cidr {
        text.parse().unwrap()
    }

    #[test]
    fn only_the_networks_own_address_will_do() {
        assert_eq!(net("10.20.0.0/20").to_string(), "10.20.0.0/20");
        assert_eq!("10.20.3.0/20".parse::<Cidr>().unwrap_err().hint.as_deref(), Some("write 10.20.0.0/20"));
        for wrong in ["10.20.0.0", "10.20.0.0/33", "x", "", "10.20/16"] {
            assert!(wrong.parse::<Cidr>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn overlap_is_containment_either_way() {
        assert!(net("10.0.0.0/8").overlaps(&net("10.20.0.0/20")));
        assert!(net("10.20.0.0/20").overlaps(&net("10.0.0.0/8")));
        assert!(!net("10.20.0.0/20").overlaps(&net("10.20.16.0/20")));
        assert!(!net("10.0.0.0/8").overlaps(&net("fc00::/8")));
        assert!(net("172.31.0.0/16").is_private() && !net("172.32.0.0/16").is_private());
    }

    #[test]
    fn ranges_know_their_ends() {
        let range: AddressRange = "192.168.10.64-192.168.10.79".parse().unwrap();
        assert_eq!((range.len(), range.to_string().as_str()), (16, "192.168.10.64-192.168.10.79"));
        assert!(range.is_inside(&net("192.168.0.0/16")) && !range.is_inside(&net("192.168.10.64/29")));
        assert!("192.168.10.79-192.168.10.64".parse::<AddressRange>().is_err());
        assert!("192.168.10.79".parse::<AddressRange>().is_err());
    }
}
