package risk

import "math"

// compiled is Weights in the form that is quick to ask.
type compiled struct {
	channels [numChannels]channel
	last     Curve // calibration of both together
	scale    Curve
	cuts     [3]float64 // Low, Medium, High
}

// channel is a Model. Its trees are complete binary trees of one depth, each in an
// array in which node n has the children 2n and 2n+1 and the root is 1, so that a
// walk is depth steps without a question where it ends.
type channel struct {
	prior       float64 // logit
	bias        float32
	weights     [width]float32
	blend       float32
	slack       float32
	depth       int
	trees       int
	splits      []split   // trees x 2^depth
	steps       []float32 // trees x 2^(depth+1): by how much a node is above its parent
	leaves      []float32 // trees x 2^depth
	calibration Curve
}

// split sends values of at least the threshold to the right. The threshold is the
// bits of a float32, which of numbers not below 0 are in the order of the numbers,
// because whole numbers are compared without a branch to foresee.
type split struct {
	threshold uint32
	feature   uint32
}

// width is the least power of two that holds a Vector: an index masked with
// width-1 needs no check.
const width = 64

var _ [width - NumFeatures]struct{} // fails to compile when features outgrow the width

type wide [width]float32

func compile(w *Weights) (*compiled, error) {
	if err := w.Check(); err != nil {
		return nil, err
	}
	features, err := w.features()
	if err != nil {
		return nil, err
	}
	c := &compiled{last: w.Calibration, scale: w.Scale, cuts: [3]float64{w.Cuts.Low, w.Cuts.Medium, w.Cuts.High}}
	for i, m := range [numChannels]*Model{&w.Identity, &w.Campaign} {
		ch := &c.channels[i]
		ch.prior = math.Log(m.Prior / (1 - m.Prior))
		ch.bias, ch.blend, ch.slack = float32(m.Bias), float32(m.Blend), float32(m.Slack)
		ch.calibration = m.Calibration
		for j, weight := range m.Weights {
			ch.weights[features[j]] = float32(weight)
		}
		ch.plant(m.Trees, features)
	}
	return c, nil
}

// plant lays out the trees. A leaf above the common depth is repeated below.
func (ch *channel) plant(trees []Tree, features []Feature) {
	for i := range trees {
		ch.depth = max(ch.depth, trees[i].height(0))
	}
	ch.trees = len(trees)
	half := 1 << ch.depth
	ch.splits = make([]split, ch.trees*half)
	ch.steps = make([]float32, ch.trees*half*2)
	ch.leaves = make([]float32, ch.trees*half)
	for i := range trees {
		t := &trees[i]
		splits, steps, leaves := ch.splits[i*half:(i+1)*half], ch.steps[i*half*2:(i+1)*half*2], ch.leaves[i*half:(i+1)*half]
		source := make([]int, 2*half) // node of t that stands here
		for at := 1; at < 2*half; at++ {
			from := source[at]
			if at > 1 {
				steps[at] = t.Value[from] - t.Value[source[at/2]]
			}
			if at >= half {
				leaves[at-half] = t.Value[from]
				continue
			}
			left, right := from, from
			if f := t.Feature[from]; f >= 0 {
				left, right = t.Left[from], t.Right[from]
				splits[at] = split{math.Float32bits(max(t.Threshold[from], 0)), uint32(features[f])}
			}
			source[2*at], source[2*at+1] = left, right
		}
	}
}

func (t *Tree) height(node int) int {
	if t.Feature[node] < 0 {
		return 0
	}
	return 1 + max(t.height(t.Left[node]), t.height(t.Right[node]))
}

// logistic is the sum of the logistic model.
func (ch *channel) logistic(v *wide) float32 {
	sum := ch.bias
	for i := range v {
		sum += ch.weights[i] * v[i]
	}
	return sum
}

// walk sums the leaves that v reaches and tells each feature's part in by: the
// change of a node's value along the path (Saabas 2014).
func (ch *channel) walk(v, by *wide) float32 {
	var bits [width]uint32
	for i, x := range v {
		bits[i] = math.Float32bits(x + 0) // of -0, those of 0
	}
	var sum float32
	half := 1 << ch.depth
	splits, steps, leaves := ch.splits, ch.steps, ch.leaves
	for range ch.trees {
		at := 1
		for range ch.depth {
			s := splits[at]
			f := s.feature & (width - 1)
			right := (uint64(s.threshold) - uint64(bits[f]) - 1) >> 63
			at = 2*at + int(right)
			by[f] += steps[at]
		}
		sum += leaves[at-half]
		splits, steps, leaves = splits[half:], steps[2*half:], leaves[half:]
	}
	return sum
}

// margin is what the channel thinks of v, and in by what each feature adds.
func (ch *channel) margin(v, by *wide) (margin, logistic float32) {
	logistic = ch.logistic(v)
	share := float32(1)
	margin = logistic
	*by = wide{}
	if ch.trees > 0 {
		share = ch.blend
		margin = ch.blend*logistic + ch.walk(v, by)
		if guard := logistic - ch.slack; margin < guard {
			margin, share = guard, 1
			*by = wide{}
		}
	}
	for i := range by {
		by[i] += share * ch.weights[i] * v[i]
	}
	return margin, logistic
}

// verdict is what the models say of a vector, before rules.
type verdict struct {
	score, identity, campaign, logistic float64
	by                                  wide // nats by feature
}

// score asks both channels. When nothing is known of the user the identity
// channel has nothing to say but its prior.
func (c *compiled) score(v *wide, cold bool, out *verdict) {
	var odds, plain [numChannels]float64
	var by [numChannels]wide
	for i := range c.channels {
		ch := &c.channels[i]
		if cold && Channel(i) == IdentityChannel {
			odds[i], plain[i] = ch.prior, ch.prior
			continue
		}
		margin, logistic := ch.margin(v, &by[i])
		odds[i] = ch.prior + ch.calibration.At(float64(margin))
		plain[i] = odds[i]
		if ch.trees > 0 {
			plain[i] = ch.prior + ch.calibration.At(float64(logistic))
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
	for i := range FeatureTable {
		out.by[i] = by[FeatureTable[i].Channel][i]
		if campaign && FeatureTable[i].Channel == IdentityChannel {
			out.by[i] = float32(share)*by[IdentityChannel][i] + float32(1-share)*by[CampaignChannel][i]
		}
	}
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
