package geo

import (
	"math"
	"strconv"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/part/geo/atlas"
)

// The layouts of records that are known, by who makes them. A field is looked for
// under each of its names, for makers mix them and rename them.
//
//	MaxMind, DB-IP  country.iso_code, registered_country.iso_code, subdivisions[0].names.en, city.names.en,
//	                location.{latitude, longitude, accuracy_radius}, autonomous_system_{number, organization},
//	                the same inside traits, traits.{user_type, connection_type}, is_anonymous_vpn ...
//	IPinfo          country or country_code, region, city, lat and lng as texts, loc, radius, asn "AS64500", as_name,
//	                as_type, hosting, vpn, tor, relay, proxy as "true"
//	ip-location-db  country_code, state1, city, latitude, longitude

// interpret reads the fields of a record. A field of a type that does not fit, or
// with a value that cannot be, is as good as absent.
func interpret(fields map[string]any) Record {
	var r Record
	country(fields, &r)
	r.Region = first(texts(fields, "region", "state1", "stateprov", "state", "region_name"), subdivision(fields))
	r.City = first(texts(fields, "city", "city_name"), english(fields["city"]))
	located(fields, &r)
	if location, ok := fields["location"].(map[string]any); ok {
		located(location, &r)
	}
	network(fields, &r)
	r.Class = classOf(fields)
	if traits, ok := fields["traits"].(map[string]any); ok {
		network(traits, &r)
		if c := classOf(traits); c != Unknown {
			r.Class = c
		}
	}
	for _, text := range []*string{&r.Region, &r.City, &r.Organisation} {
		*text = Printable(*text)
	}
	r.byName = Classify(r.ASN, r.Organisation)
	return r
}

// Printable is a text of a source without what cannot be shown, 255 bytes at
// most: names reach pages, mails and terminals.
func Printable(s string) string { return atlas.Printable(s, math.MaxUint8) }

func country(fields map[string]any, r *Record) {
	for _, name := range []string{"country_code", "country", "countryCode", "registered_country"} {
		code, _ := fields[name].(string)
		if nested, ok := fields[name].(map[string]any); ok {
			code, _ = nested["iso_code"].(string)
		}
		if isCountry(code) {
			r.Country = code
			return
		}
	}
}

// isCountry tells whether a text has the form of a code of ISO 3166-1.
func isCountry(code string) bool {
	return len(code) == 2 && code[0] >= 'A' && code[0] <= 'Z' && code[1] >= 'A' && code[1] <= 'Z'
}

// subdivision is the name of the largest subdivision.
func subdivision(fields map[string]any) string {
	list, _ := fields["subdivisions"].([]any)
	if len(list) == 0 {
		return ""
	}
	nested, _ := list[0].(map[string]any)
	code, _ := nested["iso_code"].(string)
	return first(english(nested), code)
}

// english is names.en of a nested field.
func english(field any) string {
	nested, _ := field.(map[string]any)
	names, _ := nested["names"].(map[string]any)
	name, _ := names["en"].(string)
	return name
}

func located(fields map[string]any, r *Record) {
	lat, ok1 := number(fields, "latitude", "lat")
	lon, ok2 := number(fields, "longitude", "lng", "lon")
	if loc, ok := fields["loc"].(string); ok && !(ok1 && ok2) {
		before, after, _ := strings.Cut(loc, ",")
		lat, ok1 = parse(before)
		lon, ok2 = parse(after)
	}
	// 0, 0 is how files without a place for a record fill the fields.
	if ok1 && ok2 && lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180 && (lat != 0 || lon != 0) {
		r.Lat, r.Lon, r.Located = lat, lon, true
	}
	if km, ok := number(fields, "accuracy_radius", "radius"); ok && km > 0 && km <= maxRadiusKm {
		r.RadiusKm = km
	}
}

// maxRadiusKm is half the way round the world: what is stated beyond is a mistake.
const maxRadiusKm = 20_040

func network(fields map[string]any, r *Record) {
	organisation := texts(fields, "autonomous_system_organization", "as_name", "as_organization", "org", "name")
	for _, name := range []string{"autonomous_system_number", "asn", "as_number"} {
		if n, ok := asNumber(fields[name]); ok {
			r.ASN = n
		}
	}
	if n, rest, ok := splitOrg(organisation); ok { // IPinfo: "AS64500 Example Net"
		organisation = rest
		if r.ASN == 0 {
			r.ASN = n
		}
	}
	if r.ASN != 0 && organisation != "" {
		r.Organisation = organisation
	}
}

func asNumber(field any) (uint32, bool) {
	if s, ok := field.(string); ok {
		n, err := strconv.ParseUint(strings.TrimPrefix(strings.ToUpper(s), "AS"), 10, 32)
		return uint32(n), err == nil && n > 0
	}
	n, ok := toNumber(field)
	return uint32(n), ok && n >= 1 && n <= math.MaxUint32
}

func splitOrg(text string) (asn uint32, rest string, ok bool) {
	head, rest, _ := strings.Cut(text, " ")
	if !strings.HasPrefix(head, "AS") {
		return 0, "", false
	}
	asn, ok = asNumber(head)
	return asn, rest, ok
}

// classOf is what a record says of the kind of network. What tells most of who is
// behind comes first: Tor and relays are VPNs and hosting to many makers.
func classOf(fields map[string]any) Network {
	switch {
	case says(fields, "is_tor_exit_node", "is_tor", "tor"):
		return Tor
	case says(fields, "is_relay", "relay"):
		return Relay
	case says(fields, "is_anonymous_vpn", "is_vpn", "vpn", "is_public_proxy", "is_residential_proxy", "is_proxy", "proxy", "res_proxy"):
		return VPN
	case says(fields, "is_hosting_provider", "is_hosting", "hosting"):
		return Hosting
	case says(fields, "is_mobile", "mobile"):
		return Mobile
	}
	switch strings.ToLower(texts(fields, "user_type", "connection_type", "as_type", "type")) {
	case "cellular":
		return Mobile
	case "consumer_privacy_network":
		return Relay
	case "hosting", "content_delivery_network":
		return Hosting
	case "residential", "cable/dsl", "isp":
		return Fixed
	}
	return Unknown
}

// says tells whether one of the fields is true.
func says(fields map[string]any, names ...string) bool {
	for _, name := range names {
		switch v := fields[name].(type) {
		case bool:
			if v {
				return true
			}
		case string:
			if v == "true" || v == "1" {
				return true
			}
		}
	}
	return false
}

// texts is the first of the fields that is a text with something in it.
func texts(fields map[string]any, names ...string) string {
	for _, name := range names {
		if s, ok := fields[name].(string); ok && s != "" {
			return s
		}
	}
	return ""
}

// number is the first of the fields that is a number, or a text of one.
func number(fields map[string]any, names ...string) (float64, bool) {
	for _, name := range names {
		if s, ok := fields[name].(string); ok {
			if n, ok := parse(s); ok {
				return n, true
			}
		}
		if n, ok := toNumber(fields[name]); ok {
			return n, true
		}
	}
	return 0, false
}

func parse(s string) (float64, bool) {
	n, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	return n, err == nil && !math.IsNaN(n) && !math.IsInf(n, 0)
}

// toNumber reads the types that a database has for numbers.
func toNumber(field any) (float64, bool) {
	switch n := field.(type) {
	case float64:
		return n, !math.IsNaN(n) && !math.IsInf(n, 0)
	case float32:
		return float64(n), !math.IsNaN(float64(n)) && !math.IsInf(float64(n), 0)
	case uint64:
		return float64(n), true
	case uint32:
		return float64(n), true
	case uint16:
		return float64(n), true
	case int32:
		return float64(n), true
	case int:
		return float64(n), true
	}
	return 0, false
}

func first(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
