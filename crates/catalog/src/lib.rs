//! Resource types and components: what they need, provide, cost and refuse
