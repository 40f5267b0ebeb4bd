package risk

// ruleSet is which rules spoke.
type ruleSet uint32
