package threat

import (
	"net/netip"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/risk"
)

// Recognised is what a user is known for.
type Recognised struct {
	Device  string // a keyed hash of the device key; "" where the user is not known for it
	Network bool   // the network of the address, as model.Network has it
}

// Recognise tells where a user is known to sign in from. image is the profile as
// stored. One that is damaged knows nothing: what cannot be read opens nothing.
func (t *Threat) Recognise(p *model.Pool, c *model.Client, image []byte, o model.Origin) (r Recognised) {
	var profile risk.Profile
	if profile.UnmarshalBinary(image) != nil {
		profile = risk.Profile{}
	}
	a := risk.Attempt{Time: t.cfg.Now(), Device: risk.Device{Key: t.deviceName(p, o.Fingerprint.DeviceID)}}
	a.Address, _ = netip.ParseAddr(o.IP)
	device, network := t.engine(p, c).live.Recognise(&a, &profile)
	if r.Network = network; device {
		r.Device = a.Device.Key
	}
	return r
}
