package risk_test

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/gatehouse-id/gatehouse/risk"
)

// oslo is Ann at home on her laptop.
func oslo(at time.Time) *risk.Attempt {
	return &risk.Attempt{
		User: "ann", Time: at, Address: netip.MustParseAddr("192.0.2.20"),
		Place:  risk.Place{Country: "NO", City: "Oslo", Lat: 59.91, Lon: 10.75, Located: true, RadiusKm: 20, ASN: 2119, Network: risk.NetworkFixed},
		Agent:  risk.Agent{Family: "Chrome", Major: 126, OS: "Windows", Class: "desktop", Hash: 1},
		Device: risk.Device{Key: "the value of a cookie", Trust: risk.Cookie},
	}
}

// sydney is somebody with Ann's password, an hour later on the other side of the world.
func sydney(at time.Time) *risk.Attempt {
	return &risk.Attempt{
		User: "ann", Time: at, Address: netip.MustParseAddr("203.0.113.4"),
		Place:  risk.Place{Country: "AU", City: "Sydney", Lat: -33.87, Lon: 151.21, Located: true, RadiusKm: 20, ASN: 1221, Network: risk.NetworkFixed},
		Agent:  risk.Agent{Family: "Chrome", Major: 126, OS: "Windows", Class: "desktop", Hash: 1},
		Device: risk.Device{Key: "another cookie", Trust: risk.Cookie},
	}
}

// An engine belongs to a pool, a profile to a user; both are kept by the caller.
func Example() {
	engine, err := risk.New(risk.Config{Key: risk.Key{ /* sixteen secret bytes of the pool */ }})
	if err != nil {
		fmt.Println(err)
		return
	}
	everybody := risk.NewWorld(risk.WorldConfig{})
	var ann risk.Profile

	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	for day := range 10 {
		a := oslo(at.AddDate(0, 0, day))
		got := engine.Assess(a, &ann, everybody)
		engine.Learn(a, &ann, everybody, risk.Success, got.Level)
	}

	a := sydney(at.AddDate(0, 0, 9).Add(time.Hour))
	got := engine.Assess(a, &ann, everybody)
	first := got.Reasons()[0]
	fmt.Println(got.Level, first.Code)
	fmt.Println(first.Text())
	fmt.Println(first.UserText())
	// Output:
	// high IMPOSSIBLE_TRAVEL
	// 15850 km to Sydney in 1.0 hours from the last place, beyond what both locations may be wrong by
	// too far from your last sign-in
}

// A profile is a row of at most 1 KiB. A damaged one is replaced by none, and the
// assessment says so.
func ExampleProfile_UnmarshalBinary() {
	engine, err := risk.New(risk.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	var ann risk.Profile
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	engine.Learn(oslo(at), &ann, nil, risk.SignedUp, risk.None)
	row, _ := ann.MarshalBinary()
	fmt.Println(len(row) <= risk.MaxProfile)

	row[100] ^= 1
	fmt.Println(ann.UnmarshalBinary(row))
	got := engine.Assess(oslo(at.Add(time.Hour)), &ann, nil)
	_, said := got.Reason(risk.CodeProfileLost)
	fmt.Println(got.Level, said)
	// Output:
	// true
	// profile is damaged: checksum
	// medium true
}

// Feedback tells what it changed, and can be undone.
func ExampleEngine_Feedback() {
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	engine, err := risk.New(risk.Config{Now: func() time.Time { return at.Add(time.Hour) }})
	if err != nil {
		fmt.Println(err)
		return
	}
	everybody := risk.NewWorld(risk.WorldConfig{Addresses: 1024})
	var ann risk.Profile
	engine.Learn(oslo(at.AddDate(0, 0, -1)), &ann, everybody, risk.SignedUp, risk.None)
	engine.Learn(sydney(at), &ann, everybody, risk.Passed, risk.High)
	fmt.Println(len(ann.Export().Countries), "countries")

	change := engine.Feedback(sydney(at), &ann, everybody, risk.Invalid)
	fmt.Println(len(ann.Export().Countries), "country")
	for _, m := range change.Marks[:2] {
		fmt.Printf("%s of %s: %.0f, now %.0f\n", m.Where, m.What, m.Before, m.After)
	}

	engine.Undo(change, &ann, everybody)
	fmt.Println(len(ann.Export().Countries), "countries")
	// Output:
	// 2 countries
	// 1 country
	// profile of country: 1, now 0
	// profile of network: 1, now 0
	// 2 countries
}

// The counterfactual is what an administrator asks next.
func ExampleEngine_Counterfactual() {
	engine, err := risk.New(risk.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	var ann risk.Profile
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	for day := range 10 {
		engine.Learn(oslo(at.AddDate(0, 0, day)), &ann, nil, risk.Success, risk.None)
	}
	a := sydney(at.AddDate(0, 0, 20))
	got := engine.Assess(a, &ann, nil)
	fact, level := engine.Counterfactual(a, &ann, nil)
	fmt.Printf("challenged: %v; if the %s were known: %v\n", got.Level >= risk.Medium, fact, level >= risk.Medium)
	// Output:
	// challenged: true; if the device were known: false
}
