package risk

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

// withTrees is a small model with one tree in each channel.
const withTrees = `{
 "version": 1, "name": "small", "prior": 0.001, "features": ["country_new", "device_known", "address_odds"],
 "identity": {"prior": 0.0005, "bias": -3, "weights": [0.5, -1, 0], "blend": 0.1, "slack": 4, "calibration": [[-5, -5], [5, 6]],
  "trees": [{"feature": [0, -1, 1, -1, -1], "threshold": [1.5, 0, 0.5, 0, 0], "left": [1, 0, 3, 0, 0], "right": [2, 0, 4, 0, 0], "value": [0, -1, 1.5, 2, 0]}]},
 "campaign": {"prior": 0.0005, "bias": -2, "weights": [0, 0, 1], "blend": 0, "slack": 9, "calibration": [],
  "trees": [{"feature": [-1], "threshold": [0], "left": [0], "right": [0], "value": [0.1]}]},
 "calibration": [], "scale": [[-10, 0], [5, 1000]], "cuts": {"low": -5, "medium": -3, "high": 0}}`

func TestWeights(t *testing.T) {
	t.Run("the shipped weights are read, written and read again", func(t *testing.T) {
		text, err := json.Marshal(DefaultWeights())
		if err != nil {
			t.Fatal(err)
		}
		w, err := ReadWeights(strings.NewReader(string(text)))
		if err != nil {
			t.Fatal(err)
		}
		if again, _ := json.Marshal(w); string(again) != string(text) {
			t.Error("written differently the second time")
		}
	})
	t.Run("a tree adds its leaf, and the guard holds it up", func(t *testing.T) {
		w, err := ReadWeights(strings.NewReader(withTrees))
		if err != nil {
			t.Fatal(err)
		}
		c, err := compile(w)
		if err != nil {
			t.Fatal(err)
		}
		ask := func(countryNew float32) (*shown, margin) {
			s := new(shown)
			s.see(&Vector{CountryNew: countryNew})
			c.forest.walk(s)
			return s, c.channels[IdentityChannel].margin(s, c.forest.sum(IdentityChannel, &s.reached))
		}
		s, m := ask(2)
		if want := float32(0.1*-2 + 2); math.Abs(float64(m.sum-want)) > 1e-6 || m.logistic != -2 {
			t.Errorf("margin %v of logistic %v, want %v of -2", m.sum, m.logistic, want)
		}
		if got, want := c.part(IdentityChannel, uint8(CountryNew), s, &m), float32(0.1*0.5*2+1.5); math.Abs(float64(got-want)) > 1e-6 {
			t.Errorf("country_new explains %v, want %v", got, want)
		}
		c.channels[IdentityChannel].blend, c.channels[IdentityChannel].slack = 1, 0
		s, m = ask(1)
		if m.sum != m.logistic {
			t.Errorf("margin %v, the guard is at %v", m.sum, m.logistic)
		}
		if got, want := c.part(IdentityChannel, uint8(CountryNew), s, &m), float32(0.5); got != want {
			t.Errorf("under the guard country_new explains %v, want %v", got, want)
		}
	})
	refused := func(name, old, new, want string) {
		t.Helper()
		t.Run(name+" is refused", func(t *testing.T) {
			if !strings.Contains(withTrees, old) {
				t.Fatalf("nothing to replace: %q", old)
			}
			_, err := ReadWeights(strings.NewReader(strings.Replace(withTrees, old, new, 1)))
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want an error with %q", err, want)
			}
		})
	}
	refused("another version", `"version": 1`, `"version": 7`, "version 7")
	refused("an unknown member", `"name": "small"`, `"nom": "small"`, "unknown field")
	refused("what follows the document", `"high": 0}}`, `"high": 0}} {}`, "follows the document")
	refused("a prior of nothing", `"prior": 0.001`, `"prior": 0`, "prior")
	refused("an unknown feature", `"address_odds"]`, `"shoe_size"]`, "shoe_size")
	refused("a feature twice", `"address_odds"]`, `"country_new"]`, "stands twice")
	refused("a weight against its direction", `[0.5, -1, 0]`, `[-0.5, -1, 0]`, "against its direction")
	refused("a weight that reassures wrongly", `[0.5, -1, 0]`, `[0.5, 1, 0]`, "against its direction")
	refused("a campaign feature in the identity channel", `[0.5, -1, 0]`, `[0.5, -1, 0.2]`, "belongs to the campaign channel")
	refused("a missing weight", `[0.5, -1, 0]`, `[0.5, -1]`, "2 weights for 3 features")
	refused("a weight that is too large", `[0.5, -1, 0]`, `[1e40, -1, 0]`, "not finite")
	refused("a blend beyond one", `"blend": 0.1`, `"blend": 1.5`, "blend")
	refused("a negative slack", `"slack": 4`, `"slack": -1`, "slack")
	refused("a cycle", `"left": [1, 0, 3, 0, 0]`, `"left": [1, 0, 0, 0, 0]`, "does not stand after it")
	refused("a child beyond the tree", `"right": [2, 0, 4, 0, 0]`, `"right": [2, 0, 9, 0, 0]`, "does not stand after it")
	refused("a node with two parents", `"left": [1, 0, 3, 0, 0]`, `"left": [2, 0, 3, 0, 0]`, "parents")
	refused("arrays of different lengths", `"threshold": [1.5, 0, 0.5, 0, 0]`, `"threshold": [1.5]`, "different lengths")
	refused("a feature beyond the list", `"feature": [0, -1, 1, -1, -1]`, `"feature": [5, -1, 1, -1, -1]`, "not listed")
	refused("a campaign feature in an identity tree", `"feature": [0, -1, 1, -1, -1]`, `"feature": [2, -1, 1, -1, -1]`, "belongs to the campaign channel")
	refused("a split against the direction", `"value": [0, -1, 1.5, 2, 0]`, `"value": [0, 3, 1.5, 2, 0]`, "against the direction")
	refused("a split that reassures wrongly", `"value": [0, -1, 1.5, 2, 0]`, `"value": [0, -1, 1.5, 0, 2]`, "against the direction")
	refused("a curve that falls", `[[-5, -5], [5, 6]]`, `[[-5, -5], [5, -6]]`, "does not ascend")
	refused("a curve that is flat", `[[-5, -5], [5, 6]]`, `[[-5, -5], [5, -5]]`, "does not ascend")
	refused("a scale beyond a thousand", `[[-10, 0], [5, 1000]]`, `[[-10, 0], [5, 2000]]`, "leaves 0 to 1000")
	refused("cuts that do not ascend", `"medium": -3`, `"medium": -6`, "cuts")
	refused("a number that is none", `"bias": -3`, `"bias": NaN`, "invalid character")

	t.Run("a tree that is too deep is refused", func(t *testing.T) {
		w, err := ReadWeights(strings.NewReader(withTrees))
		if err != nil {
			t.Fatal(err)
		}
		var deep Tree
		for i := range MaxDepth + 1 { // a vine to the right
			at := 2 * i
			deep.Feature = append(deep.Feature, 0, -1)
			deep.Threshold = append(deep.Threshold, float32(i), 0)
			deep.Left = append(deep.Left, at+1, 0)
			deep.Right = append(deep.Right, at+2, 0)
			deep.Value = append(deep.Value, 0, float32(i))
		}
		deep.Feature, deep.Threshold = append(deep.Feature, -1), append(deep.Threshold, 0)
		deep.Left, deep.Right, deep.Value = append(deep.Left, 0), append(deep.Right, 0), append(deep.Value, 99)
		w.Identity.Trees = []Tree{deep}
		if err := w.Check(); err == nil || !strings.Contains(err.Error(), "deeper than") {
			t.Errorf("got %v", err)
		}
		w.Identity.Trees = make([]Tree, MaxTrees+1)
		if err := w.Check(); err == nil || !strings.Contains(err.Error(), "more than") {
			t.Errorf("too many trees: got %v", err)
		}
		w.Identity.Trees, w.Identity.Bias = nil, math.NaN()
		if err := w.Check(); err == nil || !strings.Contains(err.Error(), "bias") {
			t.Errorf("a bias that is no number: got %v", err)
		}
	})
	t.Run("every feature has a name, a code, a meaning and a direction", func(t *testing.T) {
		seen := map[string]bool{}
		for f, info := range FeatureTable {
			if info.Name == "" || seen[info.Name] || info.Code == CodeNone || info.Meaning == "" || info.Direction*info.Direction != 1 {
				t.Errorf("feature %d: %+v", f, info)
			}
			seen[info.Name] = true
		}
	})
	t.Run("every slot of a phrase is filled from a reason that knows everything", func(t *testing.T) {
		r := Reason{Value: 3, Baseline: 4, Subject: "x", Number: 5}
		for c := range phrases {
			for _, part := range strings.Split(phrases[c].text, "{")[1:] {
				slot, _, closed := strings.Cut(part, "}")
				if !closed || len(r.appendSlot(nil, slot)) == 0 {
					t.Errorf("%v: {%s} says nothing", Code(c), slot)
				}
			}
		}
	})
	t.Run("words", func(t *testing.T) {
		for want, r := range map[string]Reason{
			"a network of the user's, AS2119":                {Code: CodeKnownNetwork, Number: 2119},
			"a network of the user's":                        {Code: CodeKnownNetwork},
			"first sign-in from a country that is not known": {Code: CodeNewCountry},
			"far from every place of the user's: Bergen, 305 km from the nearest place of the user's": {Code: CodeUnusualLocation, Subject: "Bergen", Value: 304.6},
			"an older version than the user's: Chrome 99, last seen 126":                              {Code: CodeOlderAgent, Subject: "Chrome", Value: 99, Baseline: 126},
			"a clock the user never had: UTC-3.5 h":                                                   {Code: CodeNewZone, Value: -3.5},
			"a time the user is seldom seen at: 08 to 10 UTC":                                         {Code: CodeUnusualHour, Value: 8},
			"a time the user is seldom seen at: a weekend":                                            {Code: CodeUnusualHour, Value: 8, Subject: "a weekend"},
			"about 38 accounts were tried from here and failed":                                       {Code: CodeCredentialStuffing, Value: 37.7},
			"more than 100 accounts were tried from here and failed":                                  {Code: CodeCredentialStuffing, Value: 111},
			"a place of the user's: two lines? b":                                                     {Code: CodeKnownPlace, Subject: "two\nlines\xff b"},
		} {
			if got := r.Text(); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		}
	})
	t.Run("every code has a name and words", func(t *testing.T) {
		for c := range Code(numCodes) {
			r := Reason{Code: c}
			if codeNames[c] == "" || phrases[c].text == "" || r.Text() == "" {
				t.Errorf("code %d: %q", c, codeNames[c])
			}
			var back Code
			if err := back.UnmarshalText([]byte(c.String())); err != nil || back != c {
				t.Errorf("%v reads as %v, %v", c, back, err)
			}
		}
	})
}
