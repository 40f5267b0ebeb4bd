package threat

import (
	"fmt"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

func TestEnginesAreBounded(t *testing.T) {
	var e engines
	doc := new(model.ThreatPolicy)
	for i := range maxEngines + 100 {
		e.put(fmt.Sprint(i), &ready{doc: doc})
		if e.at(fmt.Sprint(i), doc, nil) == nil {
			t.Fatalf("engine %d is not there", i)
		}
	}
	if len(e.by) != maxEngines {
		t.Errorf("%d engines are kept, want %d", len(e.by), maxEngines)
	}
	last := fmt.Sprint(maxEngines + 99)
	e.put(last, &ready{doc: doc, conf: new(model.RiskConfiguration)})
	if len(e.by) != maxEngines || e.at(last, doc, nil) != nil {
		t.Error("another configuration of the same client did not take the place of the one before")
	}
}
