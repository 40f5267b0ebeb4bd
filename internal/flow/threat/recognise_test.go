package threat_test

import (
	"slices"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

func TestRecognise(t *testing.T) {
	p := newPast(t, nil)
	image := p.accustom("ann", 3)
	deviceless, elsewhere, stranger := known, known, unknown
	deviceless.Fingerprint.DeviceID = ""
	elsewhere.IP = abroad
	stranger.Fingerprint.DeviceID = "another:1790000000000"
	broken := slices.Clone(image)
	broken[len(broken)/2] ^= 1
	for name, c := range map[string]struct {
		image           []byte
		from            model.Origin
		device, network bool
	}{
		"at home":                          {image, known, true, true},
		"at home, without the device":      {image, deviceless, false, true},
		"the device, abroad":               {image, elsewhere, true, false},
		"a stranger":                       {image, unknown, false, false},
		"a stranger with a device":         {image, stranger, false, false},
		"nowhere":                          {image, model.Origin{}, false, false},
		"at home, where nothing was kept":  {nil, known, false, false},
		"at home, where the row is broken": {broken, known, false, false},
	} {
		got := p.judge.Recognise(p.pool, nil, c.image, c.from)
		if (got.Device != "") != c.device || got.Network != c.network {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	if got := p.judge.Recognise(p.pool, nil, image, known).Device; got == known.Fingerprint.DeviceID {
		t.Error("the device goes by the name that the client gave it")
	}
}

func BenchmarkRecognise(b *testing.B) {
	p := newPast(b, nil)
	image := p.accustom("ann", 100)
	b.ReportAllocs()
	for b.Loop() {
		p.judge.Recognise(p.pool, nil, image, known)
	}
}
