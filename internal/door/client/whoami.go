package client

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"mime"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/part/agent"
)

// view is what whoami tells, as programs read it.
type view struct {
	Address string   `json:"address"` // "" where not even the peer has one
	Finding string   `json:"finding"` // why it is this one, and what to do if it is wrong
	Route   []hop    `json:"route"`   // from the peer to the address
	Device  string   `json:"device"`  // as the event history names it
	Headers []header `json:"headers"`
	Trusts  trusts   `json:"trusts"`
}

// hop is one station of the request, as the one after it named it.
type hop struct {
	Text    string `json:"text"`
	Address string `json:"address"` // "" where the text is none
	Trusted bool   `json:"trusted"`
}

type header struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

// trusts is what this server is set to believe. The ranges themselves stay with
// the operator: anybody may ask.
type trusts struct {
	Ranges   int    `json:"ranges"`
	Header   string `json:"header"` // "" = none
	Protocol bool   `json:"proxyProtocol"`
}

// shown are the headers that tell something of where a request comes from or of
// the device. Some of them are here so that an operator sees what a proxy sends.
var shown = []string{
	"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "True-Client-Ip", "Cf-Connecting-Ip", "Via",
	"User-Agent", "Sec-Ch-Ua", "Sec-Ch-Ua-Full-Version-List", "Sec-Ch-Ua-Platform", "Sec-Ch-Ua-Platform-Version", "Sec-Ch-Ua-Mobile", "Sec-Ch-Ua-Model",
}

func (d *door) look(r *http.Request) view {
	v := view{
		Device: agent.ParseHints(r.UserAgent(), agent.HintsFrom(r.Header.Get)).DeviceName(),
		Route:  []hop{}, Headers: []header{},
		Trusts: trusts{d.Proxies.Count(), d.Proxies.Header(), d.Proxies.Protocol()},
	}
	if a := d.Proxies.Client(r); a.IsValid() {
		v.Address = a.String()
	}
	for h := range d.Proxies.Hops(r) {
		station := hop{Text: legible(h.Text), Trusted: h.Trusted}
		if h.Addr.IsValid() {
			station.Address = h.Addr.String()
		}
		v.Route = append(v.Route, station)
	}
	for _, name := range shown {
		if values := r.Header.Values(name); len(values) > 0 {
			v.Headers = append(v.Headers, header{name, legibles(values)})
		}
	}
	v.Finding = d.finding(r, v)
	return v
}

// finding says in a sentence or two why the address is the one it is.
func (d *door) finding(r *http.Request, v view) string {
	last := v.Route[len(v.Route)-1]
	peer, ignored := d.Proxies.Ignored(r)
	switch {
	case ignored && v.Trusts.Ranges == 0:
		return fmt.Sprintf("No proxy is trusted, so the address is the peer's. %s sends a forwarding header: if it is your proxy, add its address to trusted-proxies.", peer)
	case ignored:
		return fmt.Sprintf("The peer %s sends a forwarding header and is not among the trusted proxies: if it is your proxy, add its address to trusted-proxies.", peer)
	case last.Address == "" && len(v.Route) > 1:
		return "A trusted proxy named something that is no address. The nearest address that can be believed is the proxy's."
	case len(v.Route) > 1:
		return "Trusted proxies told the address in " + v.Trusts.Header + "."
	case last.Trusted && v.Trusts.Header != "":
		return fmt.Sprintf("The peer is a trusted proxy and sent no %s, so the address is the proxy's: let it send that header, or set forwarded-header to the one that it sends.", v.Trusts.Header)
	case v.Trusts.Protocol:
		return "The proxy that connects told the address by the PROXY protocol."
	case v.Trusts.Ranges > 0:
		return "The peer is not a trusted proxy, so the address is its own."
	}
	return "No proxy is trusted, and none seems to be in front: the address is the peer's."
}

// What is shown of headers: so many lines, each so many bytes.
const (
	maxLines = 16
	maxText  = 1024
)

// legible is a text that a stranger wrote, bounded and without what does not print.
func legible(s string) string {
	text := strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s[:min(len(s), maxText)])
	if len(s) > maxText {
		text += "…"
	}
	return text
}

func legibles(list []string) []string {
	texts := make([]string, 0, min(len(list), maxLines))
	for _, s := range list[:min(len(list), maxLines)] {
		texts = append(texts, legible(s))
	}
	return texts
}

//go:embed whoami.html
var pageText string

//go:embed whoami.css
var style string

var page = template.Must(template.New("whoami").Parse(pageText))

// policy allows the one style sheet, by its hash, and nothing else.
var policy = func() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}()

// whoami tells where this server believes the request to come from.
func (d *door) whoami(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Accept")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Accept-CH", agent.AcceptCH)
	v := d.look(r)
	if !wantsPage(r.Header.Values("Accept")) {
		h.Set("Content-Type", "application/json")
		w.Write(append(wire.Must(v), '\n')) //nolint:errcheck // the reader has gone
		return
	}
	var text bytes.Buffer
	err := page.Execute(&text, struct {
		view
		Style template.CSS
	}{v, template.CSS(style)})
	if err != nil {
		http.Error(w, "The page cannot be shown.", http.StatusInternalServerError)
		return
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	w.Write(text.Bytes()) //nolint:errcheck // the reader has gone
}

// wantsPage tells a browser, which names HTML, from a program, which takes
// anything or JSON.
func wantsPage(accept []string) bool {
	for _, line := range accept {
		for part := range strings.SplitSeq(line, ",") {
			if kind, _, err := mime.ParseMediaType(part); err == nil && (kind == "text/html" || kind == "text/*" || kind == "application/xhtml+xml") {
				return true
			}
		}
	}
	return false
}
