package geo

import (
	"strings"
	"unicode"
)

// Classify is the kind of network that an autonomous system is: by its number
// where that is known (networks.go), or else by the words in its operator's
// name. A word is taken from a name only if it means the same wherever it was
// seen among the largest networks; docs/geo-format.md says what was seen.
//
// Never the answer: Corporate, for nobody but the operator knows his own.
func Classify(asn uint32, organisation string) Network {
	if class, ok := curated(asn); ok {
		return class
	}
	words := strings.FieldsFunc(strings.ToLower(organisation), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	for _, rule := range rules {
		for i, word := range words {
			if rule.matches(word) || i > 0 && rule.pairs[words[i-1]+" "+word] {
				return rule.class
			}
		}
	}
	return Unknown
}

// rule is one kind of network by the words in a name.
type rule struct {
	class  Network
	words  map[string]bool
	begins []string
	ends   []string
	never  map[string]bool // words that begin or end so and mean something else
	pairs  map[string]bool // two words, one after the other
}

func (r *rule) matches(word string) bool {
	if r.words[word] {
		return true
	}
	if r.never[word] {
		return false
	}
	for _, begin := range r.begins {
		if strings.HasPrefix(word, begin) {
			return true
		}
	}
	for _, end := range r.ends {
		if strings.HasSuffix(word, end) {
			return true
		}
	}
	return false
}

// rules are asked in this order: who sells servers behind a VPN is a VPN, a
// "mobile hosting" company is hosting, "mobile telecom" is mobile.
var rules = []rule{{
	class: VPN,
	words: set("vpn", "proxy", "proxies"),
	ends:  []string{"vpn"},
}, {
	class:  Hosting,
	words:  set("hosting", "cloud", "clouds", "datacenter", "datacenters", "datacentre", "datacentres", "datacentrum", "colo", "colocation", "vps", "vds", "dedicated", "cdn", "iaas", "paas", "idc", "webhosting", "baremetal", "serveur", "serveurs", "servidores"),
	begins: []string{"host", "server", "datacent", "cloud", "webhost"},
	ends:   []string{"hosting", "host", "hosts", "hoster", "servers", "cloud", "vps"},
	never:  set("hostel", "hostels", "hosteleria", "hostal", "cloudberry"),
	pairs:  set("data center", "data centers", "data centre", "data centres", "bare metal", "web services"),
}, {
	class: Mobile,
	words: set("mobile", "mobiles", "mobil", "movil", "moviles", "movel", "moveis", "celular", "celulares", "cellular", "cellulaire", "gsm", "lte", "umts", "pcs", "mobility", "mobifone", "mobitel", "mobilink"),
	ends:  []string{"mobile", "mobil"},
	never: set("automobile", "automobil", "immobil"),
}, {
	class: Fixed,
	words: set("broadband", "cable", "cablevision", "catv", "kabel", "fiber", "fibre", "fibra", "ftth", "dsl", "adsl", "isp", "wisp", "internet", "telco", "telephone", "telephony", "telefonica", "telefonia", "telefono", "wireless", "wifi", "banda", "bredband", "breedband", "stadtnetz", "glasfaser", "glasvezel",
		"communications", "communication", "comunicaciones", "comunicacoes", "telecomunicazioni"),
	begins: []string{"telecom", "telekom", "telecomun", "telefon", "breitband", "fibernet", "fibranet"},
	ends:   []string{"telecom", "telekom", "fiber", "fibra", "fibre", "broadband", "cable", "telecoms", "telecommunications"},
}}

func set(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}
