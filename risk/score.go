package risk

import (
	"math"
	"sync"
)

// compiled is Weights in the form that is quick to ask.
type compiled struct {
	channels [numChannels]channel
	forest   *forest
	last     Curve // calibration of both together
	scale    Curve
	cuts     [3]float64 // Low, Medium, High
}

// channel is a Model without its trees.
type channel struct {
	prior       float64 // logit
	bias        float32
	weights     wide
	blend       float32
	slack       float32
	grown       bool // has trees
	calibration Curve
}

// width is the least power of two that holds a Vector: an index masked with
// width-1 needs no check.
const width = 64

var _ [width - NumFeatures]struct{} // fails to compile when features outgrow the width

type wide [width]float32

// compiledOf compiles weights, those that are shipped once for all engines.
func compiledOf(w *Weights) (*compiled, error) {
	if w == nil || w == DefaultWeights() {
		return compiledDefault()
	}
	return compile(w)
}

var compiledDefault = sync.OnceValues(func() (*compiled, error) { return compile(DefaultWeights()) })

func compile(w *Weights) (*compiled, error) {
	if err := w.Check(); err != nil {
		return nil, err
	}
	features, err := w.features()
	if err != nil {
		return nil, err
	}
	models := [numChannels]*Model{&w.Identity, &w.Campaign}
	c := &compiled{last: w.Calibration, scale: w.Scale, cuts: [3]float64{w.Cuts.Low, w.Cuts.Medium, w.Cuts.High}}
	for i, m := range models {
		ch := &c.channels[i]
		ch.prior = math.Log(m.Prior / (1 - m.Prior))
		ch.bias, ch.blend, ch.slack = float32(m.Bias), float32(m.Blend), float32(m.Slack)
		ch.grown = len(m.Trees) > 0
		ch.calibration = m.Calibration
		for j, weight := range m.Weights {
			ch.weights[features[j]] = float32(weight)
		}
	}
	c.forest = plant(models, features)
	return c, nil
}

// shown is what an attempt shows at all: of the sixty features most are 0, and
// those are not asked for. And it is how the trees see that.
type shown struct {
	values  wide
	indices [width]uint8
	count   int
	reached reached
}

func (s *shown) features() []uint8 { return s.indices[:s.count] }

// see takes what a vector shows. It has no branch to foresee: every index is
// written, and that of a 0 is written over.
func (s *shown) see(v *Vector) {
	n := 0
	for i, x := range v {
		s.values[i] = x
		s.indices[n&(width-1)] = uint8(i)
		if math.Float32bits(x)<<1 != 0 { // -0 is 0
			n++
		}
	}
	s.count = n
}

// logistic is the sum of the logistic model.
func (ch *channel) logistic(s *shown) float32 {
	sum := ch.bias
	for _, i := range s.features() {
		sum += ch.weights[i&(width-1)] * s.values[i&(width-1)]
	}
	return sum
}

// margin is what a channel thinks.
type margin struct {
	sum, logistic float32
	share         float32 // of the logistic model in it
	trees         bool    // they have a part in it
}

func (ch *channel) margin(s *shown, trees float32) margin {
	logistic := ch.logistic(s)
	if !ch.grown {
		return margin{logistic, logistic, 1, false}
	}
	sum, guard := ch.blend*logistic+trees, logistic-ch.slack
	if sum < guard {
		return margin{guard, logistic, 1, false}
	}
	return margin{sum, logistic, ch.blend, true}
}

// verdict is what the models say of a vector, before rules.
type verdict struct {
	score, identity, campaign, logistic float64
	by                                  wide // nats by feature, of those that are shown
}

// score asks both channels. When nothing is known of the user the identity
// channel has nothing to say but its prior.
func (c *compiled) score(s *shown, cold bool, out *verdict) {
	var odds, plain [numChannels]float64
	var margins [numChannels]margin
	c.forest.walk(s)
	for i := range c.channels {
		ch, m := &c.channels[i], &margins[i]
		if cold && Channel(i) == IdentityChannel {
			odds[i], plain[i] = ch.prior, ch.prior
			continue
		}
		*m = ch.margin(s, c.forest.sum(Channel(i), &s.reached))
		odds[i] = ch.prior + ch.calibration.At(float64(m.sum))
		plain[i] = odds[i]
		if ch.grown {
			plain[i] = ch.prior + ch.calibration.At(float64(m.logistic))
		}
	}
	out.identity, out.campaign = odds[IdentityChannel], odds[CampaignChannel]
	var share float64
	out.score, share = together(out.identity, out.campaign)
	out.score = c.last.At(out.score)
	out.logistic = out.score
	if plain != odds {
		both, _ := together(plain[IdentityChannel], plain[CampaignChannel])
		out.logistic = c.last.At(both)
	}
	// Evidence is told as its own channel sees it. Only where a campaign is what
	// raises the score does it speak for the features that both channels weigh.
	campaign := out.campaign > out.identity && out.campaign > c.channels[CampaignChannel].prior+1
	for _, i := range s.features() {
		own := FeatureTable[i].Channel
		out.by[i] = c.part(own, i, s, &margins[own])
		if campaign && own == IdentityChannel {
			other := c.part(CampaignChannel, i, s, &margins[CampaignChannel])
			out.by[i] = float32(share)*out.by[i] + float32(1-share)*other
		}
	}
}

// part is what a feature adds to the margin of a channel.
func (c *compiled) part(ch Channel, feature uint8, s *shown, m *margin) float32 {
	var trees float32
	if m.trees {
		trees = c.forest.part(ch, feature, &s.reached)
	}
	return trees + m.share*c.channels[ch].weights[feature]*s.values[feature]
}

// together is the log-odds of 1 - (1-p)(1-q), and the share of p in p+q in odds.
// Evidence that somebody tries many accounts and evidence that this is not the
// user are two ways to be attacked, not two halves of one.
func together(p, q float64) (logOdds, share float64) {
	a, b := math.Exp(clamp(p, -300, 300)), math.Exp(clamp(q, -300, 300))
	return math.Log(a + b + a*b), a / (a + b)
}

// level is the level that a score reaches.
func (c *compiled) level(score float64) Level {
	for l := High; l > None; l-- {
		if score >= c.cuts[l-1] {
			return l
		}
	}
	return None
}

func clamp(x, lo, hi float64) float64 { return math.Max(lo, math.Min(x, hi)) }

// exp stays above 0, so that what is far below a cut is still on its right side.
func exp(x float64) float64 { return math.Exp(math.Max(x, -30)) }
