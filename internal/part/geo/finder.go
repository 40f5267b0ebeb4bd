package geo

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/part/geo/atlas"
)

// Config names the files that a Finder uses. All may be absent.
type Config struct {
	City      string // places, in MaxMind's format
	ASN       string // networks, the same
	Anonymous string // kinds of networks, the same: Anonymous-IP, IPinfo privacy
	TorExits  string // lists, see List
	Relays    string
	VPNs      string
	Own       string

	// Report is told what was not right with a file that changed, once for each
	// change. The one before goes on answering. nil: nobody is told.
	Report func(error)
	// Poll is how often files are looked at, 30 seconds if 0.
	Poll time.Duration
}

// Finder finds places. It may be used by many goroutines at once, also while its
// files are replaced.
type Finder struct {
	report func(error)
	poll   time.Duration
	now    atomic.Pointer[known]

	mu    sync.Mutex // guards what follows, and who may change now
	files []*watched
}

// known is everything that answers at one moment.
type known struct {
	atlas                *atlas.Atlas
	city, asn, anonymous source
	tor, relays, vpns    *List
	own                  *List
}

// New opens all files. A file that cannot be used is an error here; later it is
// only reported.
func New(c Config) (*Finder, error) {
	builtin, err := Builtin()
	if err != nil {
		return nil, fmt.Errorf("open the built-in atlas: %w", err)
	}
	f := &Finder{report: c.Report, poll: c.Poll, files: c.files()}
	if f.report == nil {
		f.report = func(error) {}
	}
	if f.poll <= 0 {
		f.poll = 30 * time.Second
	}
	f.now.Store(&known{atlas: builtin})
	if _, err := f.Reload(); err != nil {
		return nil, err
	}
	return f, nil
}

// files lists what is configured, each with what to do with it.
func (c Config) files() []*watched {
	database := func(set func(*known, source)) func(string) (func(*known), error) {
		return func(path string) (func(*known), error) {
			d, err := OpenDatabase(path)
			return func(k *known) { set(k, d) }, err
		}
	}
	list := func(set func(*known, *List)) func(string) (func(*known), error) {
		return func(path string) (func(*known), error) {
			l, err := OpenList(path)
			if err != nil {
				return nil, err
			}
			l.locate()
			return func(k *known) { set(k, l) }, nil
		}
	}
	var files []*watched
	for _, w := range []*watched{
		{path: c.City, open: database(func(k *known, s source) { k.city = s })},
		{path: c.ASN, open: database(func(k *known, s source) { k.asn = s })},
		{path: c.Anonymous, open: database(func(k *known, s source) { k.anonymous = s })},
		{path: c.TorExits, open: list(func(k *known, l *List) { k.tor = l })},
		{path: c.Relays, open: list(func(k *known, l *List) { k.relays = l })},
		{path: c.VPNs, open: list(func(k *known, l *List) { k.vpns = l })},
		{path: c.Own, open: list(func(k *known, l *List) { k.own = l })},
	} {
		if w.path != "" {
			files = append(files, w)
		}
	}
	return files
}

// watched is a file, and what it was like when it was last read.
type watched struct {
	path string
	open func(path string) (put func(*known), err error)
	seen os.FileInfo // nil: never, or it was not there
}

// changed tells whether the file is another one than what was read.
func (w *watched) changed(info os.FileInfo) bool {
	return w.seen == nil || !os.SameFile(w.seen, info) || !w.seen.ModTime().Equal(info.ModTime()) || w.seen.Size() != info.Size()
}

// Reload reads the files that have changed and puts them into use, all in one
// step. It tells how many it took up, and what was wrong with the others, each
// of which answers as before.
func (f *Finder) Reload() (taken int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	next := *f.now.Load()
	var errs []error
	for _, w := range f.files {
		put, err := w.look()
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if put != nil {
			put(&next)
			taken++
		}
	}
	if taken > 0 {
		f.now.Store(&next)
	}
	return taken, errors.Join(errs...)
}

// look reads the file if it has changed.
func (w *watched) look() (put func(*known), err error) {
	info, err := os.Stat(w.path)
	if err != nil {
		w.seen = nil
		return nil, err
	}
	if !w.changed(info) {
		return nil, nil
	}
	// Noted before it is read: what changes meanwhile is read again.
	w.seen = info
	return w.open(w.path)
}

// Run takes up files as they change, until ctx ends. What is wrong with one is
// told to Report, once for each change.
func (f *Finder) Run(ctx context.Context) error {
	tick := time.NewTicker(f.poll)
	defer tick.Stop()
	last := ""
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			_, err := f.Reload()
			text := ""
			if err != nil {
				text = err.Error()
			}
			if text != "" && text != last {
				f.report(fmt.Errorf("take up a new file: %w", err))
			}
			last = text
		}
	}
}

// Find tells what is known of an address. It never fails: what is not known is
// left empty.
func (f *Finder) Find(addr netip.Addr) Place {
	k := f.now.Load()
	addr = plain(addr)
	if why := reserved(addr); why != "" {
		p := Place{Reserved: why, Source: FromRules}
		if k.own != nil {
			if at, ok := k.own.find(addr); ok {
				p.Class, p.Source = Corporate, FromRules|FromOwnNetworks
				k.move(at, &p)
				p.RadiusKm = p.radius(0)
			}
		}
		return p
	}
	var p Place
	stated := k.place(addr, &p)
	k.network(addr, &p)
	k.class(addr, &p)
	p.RadiusKm = p.radius(stated)
	return p
}

// place fills in the place, and the network where the built-in atlas knows it.
func (k *known) place(addr netip.Addr, p *Place) (stated float64) {
	e := k.atlas.Find(addr)
	p.ASN, p.Organisation, p.Class = e.ASN, e.Organisation, Network(e.Class)
	if p.ASN != 0 {
		p.Source |= FromAtlas
	}
	if k.city != nil {
		if r := k.city.Lookup(addr); r.placed() {
			p.Country, p.Region, p.City = r.Country, r.Region, r.City
			p.Lat, p.Lon, p.Located = r.Lat, r.Lon, r.Located
			p.Source |= FromCityFile
			p.by(&r)
			return r.RadiusKm
		}
	}
	if e.Country != "" {
		p.Country, p.Region, p.City = e.Country, e.Region, e.City
		p.Lat, p.Lon, p.Located = e.Lat, e.Lon, e.Located
		p.Source |= FromAtlas
	}
	return 0
}

// by takes over what a record says of the network.
func (p *Place) by(r *Record) {
	if r.networked() {
		p.ASN, p.Organisation, p.Class = r.ASN, r.Organisation, Classify(r.ASN, r.Organisation)
	}
	if r.Class != Unknown {
		p.Class = r.Class
	}
}

func (k *known) network(addr netip.Addr, p *Place) {
	if k.asn == nil {
		return
	}
	if r := k.asn.Lookup(addr); r.networked() {
		p.by(&r)
		p.Source |= FromASNFile
	}
}

// class asks whoever knows the kind of network better than its number tells,
// the least trusted first.
func (k *known) class(addr netip.Addr, p *Place) {
	if k.anonymous != nil {
		if r := k.anonymous.Lookup(addr); r.Class != Unknown {
			p.Class, p.Source = r.Class, p.Source|FromAnonymousFile
		}
	}
	for _, x := range [...]struct {
		list  *List
		class Network
		from  Source
	}{
		{k.vpns, VPN, FromVPNRanges},
		{k.relays, Relay, FromRelayRanges},
		{k.tor, Tor, FromTorExits},
		{k.own, Corporate, FromOwnNetworks},
	} {
		if x.list == nil {
			continue
		}
		if at, ok := x.list.find(addr); ok {
			p.Class, p.Source = x.class, p.Source|x.from
			k.move(at, p)
		}
	}
}

// move takes over the place that a list states: that of the people behind an
// exit, not of the exit.
func (k *known) move(to listed, p *Place) {
	if to.country == "" {
		return
	}
	if to.country == p.Country && (to.city == "" || strings.EqualFold(to.city, p.City)) {
		return
	}
	p.Country, p.Region, p.City = to.country, to.region, to.city
	p.Lat, p.Lon, p.Located = to.lat, to.lon, to.located
}
