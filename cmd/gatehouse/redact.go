package main

import (
	"net/url"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/part/trigger"
)

// hidden stands where a secret was.
const hidden = "[redacted]"

// harmless are the query parameters of URLs that may be shown. Any other is
// hidden: a webhook's may be a token.
var harmless = map[string]bool{
	"starttls": true, "from": true, "plaintext": true, "configuration-set": true,
	"sslmode": true, "connect_timeout": true, "application_name": true, "pool_max_conns": true,
}

// redact shows of a URL what is no secret. A webhook's path often is one.
func redact(raw string) string {
	if raw == "" || strings.HasPrefix(raw, "sqlite:") {
		return raw
	}
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" {
		return hidden
	}
	shown := u.Scheme + "://"
	if u.User != nil {
		shown += url.PathEscape(u.User.Username())
		if _, ok := u.User.Password(); ok {
			shown += ":" + hidden
		}
		shown += "@"
	}
	shown += u.Host
	if web := u.Scheme == "http" || u.Scheme == "https"; web && strings.Trim(u.Path, "/") != "" {
		shown += "/" + hidden
	} else {
		shown += u.EscapedPath()
	}
	if u.RawQuery != "" {
		shown += "?" + redactQuery(u.RawQuery)
	}
	if u.Fragment != "" {
		shown += "#" + hidden
	}
	return shown
}

// redactPairs shows of settings ARN=URL what is no secret.
func redactPairs(value any) string {
	pairs, _ := value.([]string)
	var list []string
	for _, pair := range pairs {
		arn, address, ok := trigger.Cut(pair)
		if !ok {
			list = append(list, hidden)
			continue
		}
		list = append(list, arn+"="+redact(address))
	}
	return strings.Join(list, ",")
}

// redactQuery keeps the order of the parameters.
func redactQuery(raw string) string {
	parts := strings.Split(raw, "&")
	for i, part := range parts {
		name, _, _ := strings.Cut(part, "=")
		if !harmless[name] {
			parts[i] = name + "=" + hidden
		}
	}
	return strings.Join(parts, "&")
}
