//! Packing: pods onto nodes, first fit decreasing.
//!
//! First fit is what a scheduler does that cannot move what it has placed. Whoever comes first decides what is left, so
//! several orders are tried, and only what no order places is said to find no node.

/// What a pod asks for, or a node has left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Room {
    /// Thousandths of a core.
    pub cpu: u64,
    /// MiB.
    pub memory: u64,
    /// Volumes that are attached.
    pub volumes: u64,
}

impl Room {
    /// What is left when another is taken; none where it is not enough.
    pub fn less(self, other: Room) -> Option<Room> {
        Some(Room {
            cpu: self.cpu.checked_sub(other.cpu)?,
            memory: self.memory.checked_sub(other.memory)?,
            volumes: self.volumes.checked_sub(other.volumes)?,
        })
    }
    /// Both together, the other so many times.
    pub fn and(self, other: Room, times: u64) -> Room {
        Room {
            cpu: self.cpu.saturating_add(other.cpu.saturating_mul(times)),
            memory: self.memory.saturating_add(other.memory.saturating_mul(times)),
            volumes: self.volumes.saturating_add(other.volumes.saturating_mul(times)),
        }
    }
    /// How much of another is not there.
    pub fn lacks(self, wanted: Room) -> Room {
        Room {
            cpu: wanted.cpu.saturating_sub(self.cpu),
            memory: wanted.memory.saturating_sub(self.memory),
            volumes: wanted.volumes.saturating_sub(self.volumes),
        }
    }
    /// The greatest of its parts, in thousandths of the same part of a whole.
    pub fn share(self, whole: Room) -> u64 {
        let of = |part: u64, whole: u64| part.saturating_mul(1000) / whole.max(1);
        of(self.cpu, whole.cpu).max(of(self.memory, whole.memory)).max(of(self.volumes, whole.volumes))
    }
}

/// A node.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its pool, as a number.
    pub pool: usize,
    /// What it has left.
    pub left: Room,
    /// How many more pods it takes.
    pub pods: u64,
}

/// Pods that are alike.
#[derive(Debug, Clone)]
pub struct Group {
    /// The workload.
    pub name: String,
    /// Where in the document it comes from.
    pub path: String,
    /// How many.
    pub pods: u64,
    /// What each asks for.
    pub asks: Room,
    /// Whether no two of them may share a node.
    pub spread: bool,
    /// The pools that they may run in, the better ones first.
    pub pools: Vec<usize>,
}

/// Pods that found no node.
#[derive(Debug, Clone)]
pub struct Left {
    /// Which group, as a number.
    pub group: usize,
    /// How many of it.
    pub pods: u64,
    /// What the node has left that lacks the least for one more.
    pub nearest: Room,
}

/// Places all that can be placed; what is left over by the best of the orders that are tried, the first group first.
pub fn pack(nodes: &[Node], groups: &[Group]) -> Vec<Left> {
    let whole = nodes.iter().map(|n| n.left).max_by_key(|r| (r.memory, r.cpu)).unwrap_or_default();
    let orders: [&dyn Fn(&Group) -> u64; 4] =
        [&|g| g.asks.share(whole), &|g| g.asks.memory, &|g| g.asks.cpu, &|g| g.asks.volumes * 1_000_000 + g.asks.memory];
    let mut best: Option<Vec<Left>> = None;
    for largest in orders {
        let mut order: Vec<usize> = (0..groups.len()).collect();
        // Who has the fewest pools to choose from chooses first.
        order.sort_by_key(|i| groups.get(*i).map(|g| (g.pools.len(), !g.spread, std::cmp::Reverse(largest(g)))));
        let left = place(nodes.to_vec(), groups, &order);
        if left.is_empty() {
            return left;
        }
        let pods = |all: &[Left]| all.iter().map(|l| l.pods).sum::<u64>();
        if best.as_ref().is_none_or(|b| pods(&left) < pods(b)) {
            best = Some(left);
        }
    }
    best.unwrap_or_default()
}

/// Places groups in an order, each pod on the first node that has room for it.
fn place(mut nodes: Vec<Node>, groups: &[Group], order: &[usize]) -> Vec<Left> {
    let mut all = Vec::new();
    for (index, group) in order.iter().filter_map(|i| Some((*i, groups.get(*i)?))) {
        let mut open = group.pods;
        for pool in &group.pools {
            for node in nodes.iter_mut().filter(|n| n.pool == *pool) {
                while open > 0
                    && node.pods > 0
                    && let Some(left) = node.left.less(group.asks)
                {
                    node.left = left;
                    node.pods -= 1;
                    open -= 1;
                    if group.spread {
                        break;
                    }
                }
            }
        }
        if open > 0 {
            let mine = nodes.iter().filter(|n| group.pools.contains(&n.pool));
            let nearest = mine.map(|n| n.left).min_by_key(|left| left.lacks(group.asks).share(group.asks)).unwrap_or_default();
            all.push(Left { group: index, pods: open, nearest });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(pods: u64, cpu: u64, memory: u64, pools: &[usize]) -> Group {
        let asks = Room { cpu, memory, volumes: 0 };
        Group { name: format!("{cpu}/{memory}"), path: String::new(), pods, asks, spread: false, pools: pools.to_vec() }
    }
    fn nodes(pools: &[usize]) -> Vec<Node> {
        pools.iter().map(|pool| Node { pool: *pool, left: Room { cpu: 1000, memory: 1000, volumes: 2 }, pods: 10 }).collect()
    }
    fn left(nodes: &[Node], groups: &[Group]) -> Vec<(usize, u64)> {
        pack(nodes, groups).iter().map(|l| (l.group, l.pods)).collect()
    }

    #[test]
    fn the_largest_come_first() {
        let groups = |small| [group(small, 100, 300, &[0]), group(2, 100, 700, &[0])];
        assert_eq!(left(&nodes(&[0, 0]), &groups(2)), [], "300 beside each 700");
        assert_eq!(left(&nodes(&[0, 0]), &groups(3)), [(0, 1)]);
    }

    #[test]
    fn who_has_one_pool_comes_before_who_has_two() {
        let groups = [group(1, 900, 900, &[0, 1]), group(1, 800, 800, &[0])];
        assert_eq!(left(&nodes(&[0, 1]), &groups), []);
    }

    #[test]
    fn what_is_spread_takes_a_node_each() {
        let spread = Group { spread: true, ..group(3, 10, 10, &[0]) };
        assert_eq!(left(&nodes(&[0, 0]), std::slice::from_ref(&spread)), [(0, 1)]);
        assert_eq!(left(&nodes(&[0, 0, 0]), &[spread]), []);
    }

    #[test]
    fn volumes_and_pods_are_counted() {
        let mut with = group(5, 1, 1, &[0]);
        with.asks.volumes = 1;
        let found = pack(&nodes(&[0, 0]), &[with]);
        assert_eq!(found.iter().map(|l| (l.pods, l.nearest.volumes)).collect::<Vec<_>>(), [(1, 0)]);
        assert_eq!(left(&nodes(&[0]), &[group(11, 1, 1, &[0])]), [(0, 1)]);
    }

    #[test]
    fn the_nearest_lacks_the_least() {
        let mut two = nodes(&[0, 0]);
        two[1].left.memory = 500;
        let found = pack(&two, &[group(1, 100, 1200, &[0])]);
        assert_eq!(found[0].nearest.memory, 1000);
    }
}
