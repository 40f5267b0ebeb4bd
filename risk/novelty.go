package risk

import "math"

// What a level is like before the pool has taught anything, and what somebody
// else would show there.
type nature struct {
	rate    float32 // how often honest people show something new, its parent being known
	foreign float32 // how often an attacker does
}

var natures = [numTallies]nature{
	atCountry:    {0.02, 0.60},
	atNetwork:    {0.08, 0.90},
	atPrefix:     {0.20, 0.985},
	atAddress:    {0.30, 0.99},
	atPlace:      {0.05, 0.75},
	atDevice:     {0.08, 0.97},
	atPlatform:   {0.03, 0.45},
	atBrowser:    {0.03, 0.50},
	atAgent:      {0.15, 0.75},
	atModel:      {0.04, 0.80},
	atZone:       {0.02, 0.60},
	tallyKeyless: {0.30, 0.50},
	tallyWeekend: {0.20, 0.2857},
}

// A pause is how long ago the user last signed in. Hours later most is as it was;
// months later addresses, devices and versions have changed by themselves.
const numPauses = 4

var (
	pauseEnds   = [numPauses - 1]uint32{6 * 3600, 3 * daySeconds, 30 * daySeconds}
	pauseFactor = [numPauses]float32{0.35, 0.8, 1.2, 1.8} // of the rate, before the pool has shown
)

func pauseOf(seconds uint32) int {
	for i, end := range pauseEnds {
		if seconds < end {
			return i
		}
	}
	return numPauses - 1
}

// rate is how often people show something new at a level: over all, and after a
// pause like this one.
type rate struct{ all, now float32 }

// exposure is how much a sign-in after this pause counts towards the chances to
// show something new: 1 on average.
func (r rate) exposure() float32 { return within(r.now/r.all, 0.05, 10) }

// backOff is how many sign-ins of the pool's kind stand behind a user's own.
const backOff = 3

// loud is the most that one feature may say, in nats.
const loud = 8

// sight is what an attempt shows at one level.
type sight struct {
	name   uint32
	at     int32   // in the list of the profile, -1 if not there
	has    bool    // the attempt shows something at this level
	based  bool    // the user has shown something at this level before
	doubt  bool    // nothing vouches for the entry
	weight float32 // of the entry, faded to now
	fresh  float32 // evidence of its being new, nats
	usual  float32 // evidence of its being known, nats
}

// known tells that the user is known for it; what has faded to next to nothing is
// forgotten.
func (s *sight) known() bool { return s.has && s.at >= 0 && s.weight >= forgotten && !s.doubt }
func (s *sight) isNew() bool { return s.has && s.based && !s.known() }

const forgotten = 0.05

// rateOfNew is how probably this user shows something new at a level now: as often
// as the pool after such a pause, times what this user did by what was expected,
// (V + a·mu) / (E·mu + a·mu), where the user showed something new V times in
// sign-ins that count as E. Who travels much pays little for a new place.
func rateOfNew(t tally, r rate) float32 {
	return within((t.new+backOff*r.all)/(t.of+backOff)*r.exposure(), 1e-4, 0.97)
}

// weigh fills in the evidence of one level.
//
// New: the attacker shows something new with probability A, this user with P:
// log A/P.
//
// Known: this user shows this entry, with its share s of the k in the list, with
// probability (1-P)·s. An attacker who shows something known at all hits the
// entries half by their shares and half evenly, for he may know the user's habits
// or may just be near: log (1-P)·s / (1-A)·(s/2 + 1/2k). So the entry that is
// always there reassures, and the one that was there once hardly.
func (s *sight) weigh(list []entry, t tally, r rate, n nature, day uint16) {
	s.based = len(list) > 0
	if !s.has || !s.based {
		return
	}
	p := rateOfNew(t, r)
	if s.at >= 0 {
		s.weight = list[s.at].heft(day)
		s.doubt = list[s.at].trust == unproven
	}
	if !s.known() {
		s.fresh = within(logf(n.foreign/p), 0, loud)
		return
	}
	var sum float32
	for i := range list {
		sum += list[i].heft(day)
	}
	part := s.weight / sum
	even := 1 / float32(len(list))
	ratio := (1 - p) * part / ((1 - n.foreign) * (part + even) / 2)
	s.usual = within(logf(ratio), 0, loud) * s.weight / (s.weight + 0.5)
}

// logf is the natural logarithm to 1 part in 10^5, a third of the time of
// math.Log: an attempt asks for it some thirty times. Of what is not above 0 it is
// about -87.
func logf(x float32) float32 {
	bits := math.Float32bits(max(x, 1.2e-38))
	exponent := float32(int32(bits>>23) - 127)
	m := math.Float32frombits(bits&(1<<23-1) | 127<<23)
	p := 3.1157899 + m*(-3.3241990+m*(2.5988452+m*(-1.2315303+m*(0.31821337-m*0.034436006))))
	return (exponent + p*(m-1)) * math.Ln2
}

// log2f is log2(1+x) for x of at least 0: the scale of counts and distances.
func log2f(x float32) float32 { return logf(1+x) * (1 / math.Ln2) }
