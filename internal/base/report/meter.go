package report

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Metric is a counter with labels. Its labels are names of ours, ids of pools
// and paths of settings, never anything that a client made up: each value is
// kept for ever.
type Metric struct {
	Name   string
	Help   string
	Labels []string
}

// The metrics that flows count.
var (
	CompromisedCredentials = &Metric{"compromised_credentials_total",
		"Passwords that were found leaked, by what they were given for, how they were found, and what was done: block, flag or none.",
		[]string{"pool", "event", "matched", "response"}}
	BreachUnreadable = &Metric{"breach_unreadable_total",
		"Passwords that could not be looked up. Anything above 0 wants a person.",
		[]string{"pool", "event"}}
	SignInsJudged = &Metric{"sign_ins_judged_total",
		"Sign-ins that were judged, by level and by what followed: a Cognito action, or learning.",
		[]string{"pool", "level", "action"}}
	AddressesBlocked = &Metric{"addresses_blocked_total",
		"Requests that were refused because their address is always blocked, by event.",
		[]string{"pool", "event"}}
	ProfilesLost = &Metric{"profiles_lost_total",
		"Profiles of users that could not be read. They begin anew. Anything above 0 wants a person.",
		[]string{"pool"}}
	FingerprintsRefused = &Metric{"fingerprints_refused_total",
		"Fingerprints of devices that did not hold and were not looked at, by what was wrong.",
		[]string{"pool", "problem"}}
	EventsAnswered = &Metric{"events_answered_total",
		"Answers to the question whether a user knows an event: Valid or Invalid, by Admin or User, and the level that the event had. Valid at a level is a false alarm.",
		[]string{"pool", "value", "provider", "level"}}
	Messages = &Metric{"messages_total",
		"Attempts to deliver a mail, text message or webhook, by what it is for and how it went: sent, put off to be tried again, refused for good, or late.",
		[]string{"pool", "kind", "outcome"}}
	Lockouts = &Metric{"lockouts_total",
		"Locks that failures began, by what they locked: password or factor.",
		[]string{"pool", "of"}}
	FormerAsked = &Metric{"former_pool_asked_total",
		"Times that the pool which users come from was asked for one: found, refused, or failed, when it did not answer.",
		[]string{"pool", "outcome"}}
	CandidatesTried = &Metric{"breach_candidates_total",
		"Passwords from lists of pairs that were held against a user's record, by outcome: match, other or gone.",
		[]string{"pool", "outcome"}}
	PlacesRefused = &Metric{"geo_files_refused_total",
		"New files of places and networks that could not be used, by path. The ones before answer.",
		[]string{"path"}}
)

// Metrics are all of them.
var Metrics = []*Metric{CompromisedCredentials, BreachUnreadable, SignInsJudged, AddressesBlocked, ProfilesLost, FingerprintsRefused, EventsAnswered, Messages, Lockouts, FormerAsked, CandidatesTried, PlacesRefused}

// Sample is the value of a metric for one set of labels.
type Sample struct {
	Metric *Metric
	Labels []string // values, in the order of Metric.Labels
	N      int64
}

// Meter counts. It is safe for concurrent use; a nil one counts nothing.
type Meter struct{ by sync.Map } // meterKey -> *atomic.Int64

type meterKey struct {
	metric *Metric
	labels string // joined by NUL, which no id holds
}

// Add counts one. It panics if the labels are not as many as the metric has: that is a mistake of ours.
func (m *Meter) Add(metric *Metric, labels ...string) {
	if m == nil {
		return
	}
	if len(labels) != len(metric.Labels) {
		panic("report: " + metric.Name + " counted with other labels than it has")
	}
	key := meterKey{metric, strings.Join(labels, "\x00")}
	n, ok := m.by.Load(key)
	if !ok {
		n, _ = m.by.LoadOrStore(key, new(atomic.Int64))
	}
	n.(*atomic.Int64).Add(1)
}

// Samples are all values above 0, in order.
func (m *Meter) Samples() []Sample {
	if m == nil {
		return nil
	}
	var list []Sample
	m.by.Range(func(key, n any) bool {
		k := key.(meterKey)
		list = append(list, Sample{k.metric, strings.Split(k.labels, "\x00"), n.(*atomic.Int64).Load()})
		return true
	})
	slices.SortFunc(list, func(a, b Sample) int {
		return cmp.Or(cmp.Compare(a.Metric.Name, b.Metric.Name), slices.Compare(a.Labels, b.Labels))
	})
	return list
}
