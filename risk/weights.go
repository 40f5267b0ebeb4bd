package risk

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
)

// Weights are what turns a Vector into a score: for each channel a
// sign-constrained logistic model and, if trained, monotone trees beside it. In
// JSON they are a document of version 1:
//
//	{
//	  "version": 1, "name": "...", "prior": 0.001,
//	  "features": ["country_new", ...],             what the numbers below stand for
//	  "identity": {
//	    "prior": 0.0005, "bias": -4.1, "weights": [0.7, ...],
//	    "blend": 0.1, "slack": 6,
//	    "trees": [{"feature": [3,-1,-1], "threshold": [1.5,0,0], "left": [1,0,0], "right": [2,0,0], "value": [0,-.2,.4]}],
//	    "calibration": [[-6,-5],[0,0.3],[8,9]]
//	  },
//	  "campaign": { the same },
//	  "calibration": [],
//	  "scale": [[-9,0],[-4.4,500],[1,900],[6,1000]],
//	  "cuts": {"low": -4.4, "medium": -2.9, "high": 0.4},
//	  "training": { anything that says how it came to be }
//	}
//
// The margin of a channel is, with L the logistic sum and T the sum of the trees,
//
//	L                                    without trees
//	max(blend·L + T, L − slack)          with them
//
// so that trees cannot tie what the logistic model tells apart, nor call
// harmless what it finds alarming. The calibration of a channel maps the margin
// to a log-likelihood ratio in nats; with the channel's prior that is its
// log-odds, and the two give p = 1 − (1 − p₁)(1 − p₂). The last calibration maps
// those log-odds to the reported score. Every map is increasing, every weight and
// every split obeys the Direction of its feature, and ReadWeights refuses a file
// where that is not so: more evidence never lowers a score.
type Weights struct {
	Version     int             `json:"version"`
	Name        string          `json:"name"`
	Prior       float64         `json:"prior"` // share of attacks at which the score is calibrated
	Features    []string        `json:"features"`
	Identity    Model           `json:"identity"`
	Campaign    Model           `json:"campaign"`
	Calibration Curve           `json:"calibration"`
	Scale       Curve           `json:"scale"` // score to 0 ... 1000
	Cuts        Cuts            `json:"cuts"`
	Training    json.RawMessage `json:"training,omitempty"`
}

// Model is one channel. Weights has one number for each name of Features.
type Model struct {
	Prior       float64   `json:"prior"`
	Bias        float64   `json:"bias"`
	Weights     []float64 `json:"weights"`
	Blend       float64   `json:"blend"` // 0 to 1
	Slack       float64   `json:"slack"` // nats, 0 to 30
	Trees       []Tree    `json:"trees,omitempty"`
	Calibration Curve     `json:"calibration"`
}

// Tree is a binary tree in arrays; its root is node 0 and children stand after
// their parent. A node with a Feature of at least 0, which counts into
// Weights.Features, sends values below its Threshold to Left and others to Right;
// a leaf has -1. Value is what a leaf adds to the margin; in an inner node it is
// the mean of what its leaves give in training, which only explains.
type Tree struct {
	Feature   []int     `json:"feature"`
	Threshold []float32 `json:"threshold"`
	Left      []int     `json:"left"`
	Right     []int     `json:"right"`
	Value     []float32 `json:"value"`
}

// Curve is a piecewise linear map through points that ascend in both
// coordinates, continued at both ends with the slope of the end. An empty Curve
// maps a number to itself, one point shifts.
type Curve [][2]float64

// Cuts are the scores from which a level is reached: ascending.
type Cuts struct {
	Low    float64 `json:"low"`
	Medium float64 `json:"medium"`
	High   float64 `json:"high"`
}

// Limits of a model.
const (
	MaxTrees  = 400
	MaxDepth  = 6
	MaxPoints = 256

	maxWeights = 8 << 20 // bytes of a file
)

// ReadWeights reads one JSON document and refuses what Check refuses, unknown
// members, and what follows the document.
func ReadWeights(r io.Reader) (*Weights, error) {
	w := new(Weights)
	if err := readStrict(r, maxWeights, w); err != nil {
		return nil, fmt.Errorf("read weights: %w", err)
	}
	if err := w.Check(); err != nil {
		return nil, fmt.Errorf("read weights: %w", err)
	}
	return w, nil
}

//go:embed weights.json
var shipped string

var defaultWeights = sync.OnceValue(func() *Weights {
	w, err := ReadWeights(strings.NewReader(shipped))
	if err != nil {
		panic(err) // a test reads the same bytes
	}
	return w
})

// DefaultWeights are those that Gatehouse ships. They are shared: do not change
// them.
func DefaultWeights() *Weights { return defaultWeights() }
