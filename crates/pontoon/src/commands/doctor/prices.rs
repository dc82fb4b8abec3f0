//! The prices in the binary against the vendor's own.

use super::{
    account::Ask,
    offers::Offers,
    patient::{Group, text},
    report::Report,
};
use pontoon_catalog::prices;
use pontoon_core::{call::Class, money::Cost, value::Value};
use rust_decimal::Decimal;
use std::collections::BTreeSet;

/// Only `doctor` asks for sizes, so a platform's token need not have this.
const SIZES: &str = "sizes:read regions:read";

/// Compares every price that both have, and names what has none.
pub async fn check(ask: &Ask<'_>, group: &Group, offers: &Offers, report: &mut Report) {
    let sizes = match ask.all("/v2/sizes", "sizes", SIZES).await {
        Ok(sizes) => sizes,
        Err(r) if r.class == Class::Denied => {
            let text = format!("as of {}; the token may not read the vendor's", prices::AS_OF);
            report.notice("prices", text, format!("to compare them, give it {}", SIZES.replace(' ', " and ")));
            return;
        }
        Err(r) => {
            report.notice(
                "prices",
                format!("as of {}; not compared: {}", prices::AS_OF, r.message),
                "run it again: pontoon doctor",
            );
            return;
        }
    };
    let (same, differing) = compare(&sizes, offers.registry.as_ref().and_then(|r| r.as_ref().ok()));
    if !differing.is_empty() {
        let next = "plan and cost are off by that; a newer pontoon may know better: pontoon --version";
        report.notice("prices", format!("as of {}: {}", prices::AS_OF, differing.join("; ")), next);
        return;
    }
    let unpriced = unpriced(group);
    if unpriced.is_empty() {
        report.good("prices", format!("as of {}; {same} compared with the vendor's, none differs", prices::AS_OF));
    } else {
        let text = format!("as of {}; none for {}", prices::AS_OF, unpriced.into_iter().collect::<Vec<_>>().join(", "));
        report.notice("prices", text, "plan and cost say so where they count them: pontoon cost");
    }
}

/// How many prices both have and agree on, and those that differ. What has no price here is left out.
fn compare(sizes: &[Value], registry: Option<&Value>) -> (usize, Vec<String>) {
    let word = |v: &Value| v.at("slug").and_then(Value::as_text).unwrap_or_default().to_owned();
    let sizes = sizes.iter().map(|size| {
        let slug = word(size);
        (prices::droplet(&slug), size.at("price_monthly").and_then(dollars), slug)
    });
    let tiers = registry.and_then(|r| r.at("subscription_tiers")).and_then(Value::as_list).unwrap_or_default();
    let tiers = tiers.iter().map(|tier| {
        let slug = word(tier);
        let cents = tier.at("monthly_price_in_cents").and_then(Value::as_i64);
        (prices::registry(&slug), cents.map(|c| Decimal::new(c, 2)), format!("the registry's {slug}"))
    });
    let (mut same, mut differing) = (0, Vec::new());
    for (ours, theirs, what) in sizes.chain(tiers).filter(|(ours, ..)| *ours != Cost::UNKNOWN) {
        match theirs {
            Some(theirs) if ours == Cost::fixed(theirs) => same += 1,
            Some(theirs) => differing.push(format!("{what} is {ours} here and {theirs:.2} there")),
            None => {}
        }
    }
    (same, differing)
}

/// Sizes that the platform asks for and that have no price here.
fn unpriced(group: &Group) -> BTreeSet<&str> {
    let nodes = group.of("digitalocean.node_pool").chain(group.of("digitalocean.droplet")).map(|r| text(r, "size"));
    let databases = group.of("digitalocean.database").map(|r| text(r, "size"));
    let without = nodes.filter(|s| prices::droplet(s) == Cost::UNKNOWN);
    without.chain(databases.filter(|s| prices::database_node(s) == Cost::UNKNOWN)).collect()
}

/// A price, exactly as the vendor writes it.
fn dollars(price: &Value) -> Option<Decimal> {
    match price {
        Value::Number(n) => n.to_string().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_price_that_differs_is_named() {
        let sizes = [
            json!({"slug": "s-4vcpu-8gb", "price_monthly": 50.5}),
            json!({"slug": "s-2vcpu-4gb", "price_monthly": 24.0}),
            json!({"slug": "gpu-h100x1-80gb", "price_monthly": 2000}),
        ]
        .map(Value::from);
        let tiers = Value::from(json!({"subscription_tiers": [
            {"slug": "starter", "monthly_price_in_cents": 0},
            {"slug": "basic", "monthly_price_in_cents": 700},
        ]}));
        let (same, differing) = compare(&sizes, Some(&tiers));
        assert_eq!(same, 2);
        assert_eq!(differing, ["s-4vcpu-8gb is 48.00 here and 50.50 there", "the registry's basic is 5.00 here and 7.00 there"]);
    }
}
