package model

import "slices"

// Pseudonymous is what may be kept of an event when its user is gone: what was
// decided and by which kinds of evidence, and the country. Address, agent, device,
// city and clock are left out, and with them every text that could name one.
// Members are listed here one by one, so that a new one is forgotten by default.
func (d *EventDetail) Pseudonymous() EventDetail {
	return EventDetail{
		RiskDecision: d.RiskDecision, RiskLevel: d.RiskLevel, Compromised: d.Compromised, Matched: d.Matched,
		Flagged: d.Flagged, Unchecked: d.Unchecked, Country: d.Country,
		Challenges: d.Challenges, Abandoned: d.Abandoned, Risk: d.Risk.pseudonymous(), Feedback: d.Feedback,
	}
}

func (r *RiskDetail) pseudonymous() *RiskDetail {
	if r == nil {
		return nil
	}
	out := &RiskDetail{
		Level: r.Level, Score: r.Score, Scale: r.Scale, Evidence: r.Evidence, Fact: r.Fact, FactLevel: r.FactLevel,
		Action: r.Action, Notified: r.Notified, Skipped: r.Skipped, Learning: r.Learning,
		Off: r.Off, Weights: r.Weights, Shadows: slices.Clone(r.Shadows),
	}
	for _, reason := range r.Reasons {
		out.Reasons = append(out.Reasons, RiskReason{
			Code: reason.Code, Nats: reason.Nats, Value: reason.Value, Baseline: reason.Baseline, Floor: reason.Floor,
		})
	}
	return out
}
