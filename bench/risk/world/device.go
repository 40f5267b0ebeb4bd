package world

import "fmt"

// device is a phone, tablet or computer of somebody.
type device struct {
	build    build
	lag      int64 // from a release to its use; negative: it is never updated
	end      int64 // when it is replaced
	key      string
	keySince int64
	serial   int
	signIns  int
}

// keyHabit is what becomes of the device key between two visits.
type keyHabit uint8

const (
	noKeys    keyHabit = iota // the client knows no such thing
	keepsKey                  // until the device is replaced
	weeklyKey                 // cookies are cleared each week
	neverKey                  // nothing is kept when the window closes
)

func (w *World) habit(d dice) keyHabit {
	p := &w.params
	switch {
	case !d.chance(p.Keys):
		return noKeys
	case d.chance(p.Never):
		return neverKey
	case d.chance(p.Weekly):
		return weeklyKey
	}
	return keepsKey
}

func (w *World) newDevice(d dice, on platform, now int64) device {
	p := &w.params
	dev := device{build: w.build(d, on), end: now + int64(d.exp(p.DeviceLife)*dayMs)}
	dev.lag = int64(d.exp(p.UpdateLag) * dayMs)
	if d.chance(p.Stale) {
		dev.build = dev.build.at(now - int64(d.between(0, 500)*dayMs))
		dev.lag = -1
	}
	return dev
}

// agent is what the device calls itself now. Versions never go back.
func (dev *device) agent(w *World, now int64) Agent {
	if dev.lag >= 0 {
		dev.build.version = max(dev.build.version, versionAt(dev.build.family, now-dev.lag))
	}
	return w.agentOf(dev.build)
}

// bring gives the key that the device has when its user arrives, and keeps the
// one that it is given. fresh tells whether a key is set before the first sign-in.
func (dev *device) bring(h keyHabit, fresh bool, account, index int, now int64) string {
	next := func() string {
		dev.serial++
		return fmt.Sprintf("k%x-%x-%x", account, index, dev.serial)
	}
	switch h {
	case noKeys:
		return ""
	case neverKey:
		if fresh {
			return next()
		}
		return ""
	case weeklyKey:
		if dev.key != "" && now-dev.keySince > 7*dayMs {
			dev.key = ""
		}
	}
	brought := dev.key
	if dev.key == "" {
		dev.key, dev.keySince = next(), now
		if fresh {
			brought = dev.key
		}
	}
	return brought
}
