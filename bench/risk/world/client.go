package world

var (
	familyNames = [families]string{"Chrome", "Edge", "Firefox", "Opera", "Safari", "Samsung Internet", "PoolApp"}
	systemNames = [platforms]string{windows: "Windows", mac: "macOS", linux: "Linux", iphone: "iOS", ipad: "iPadOS", android: "Android"}
)

// agent is the build's string, and what it says.
func (b build) agent() Agent {
	a := Agent{String: b.String(), Family: familyNames[b.family], Major: b.version, OS: systemNames[b.platform], Class: "desktop"}
	a.Version, a.OSVersion = b.fullVersion(), b.systemVersion()
	switch b.platform {
	case iphone, android:
		a.Class = "mobile"
	case ipad:
		a.Class = "tablet"
	}
	switch {
	case b.family == safari:
		a.Major = safariReleases[b.version].major
	case b.family == app && b.platform == iphone:
		a.Major, a.OSVersion = b.version/100, "" // such a string tells the kernel's version alone
	case b.family == app:
		a.Major, a.Model = b.version/100, b.model()
	}
	if b.platform == android && b.detail > 0 && b.family != firefox {
		a.Model = b.model()
	}
	return a
}
