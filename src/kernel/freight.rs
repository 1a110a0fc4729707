//! The delivery charge.

use super::Money;

/// The delivery charge of an order, depending on the sum of the prices of its goods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freight {
    /// The delivery charge of one order whose goods cost less than `free_from`.
    pub charge: Money,
    /// The sum of the goods' prices from which delivery is free.
    pub free_from: Money,
}

impl Freight {
    /// Returns the delivery charge of an order whose goods cost `goods` together.
    pub fn of(self, goods: Money) -> Money {
        if goods >= self.free_from { Money::ZERO } else { self.charge }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goods_from_the_bound_travel_free() {
        let yuan = |s: &str| s.parse().unwrap();
        let freight = Freight { charge: yuan("10"), free_from: yuan("199") };
        assert_eq!(freight.of(yuan("198.99")), yuan("10"));
        assert_eq!(freight.of(yuan("199.00")), Money::ZERO);
    }
}
