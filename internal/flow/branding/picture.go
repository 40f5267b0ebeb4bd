package branding

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image"
	_ "image/jpeg" // known to image.DecodeConfig
	_ "image/png"
	"io"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// checkPicture makes sure that a picture is what its extension says. Browsers are
// told the type by the extension: what is something else must not reach them.
func checkPicture(a *shape.AssetType) error {
	extension, category := wire.Of(a.Extension), wire.Of(a.Category)
	if len(a.Bytes) == 0 {
		if a.ResourceId != nil {
			return nil
		}
		return invalid("The asset %s has no Bytes.", category)
	}
	if category == shape.AssetCategoryTypeFaviconIco && extension != shape.AssetExtensionTypeIco ||
		category == shape.AssetCategoryTypeFaviconSvg && extension != shape.AssetExtensionTypeSvg {
		return invalid("The asset %s cannot be a file of type %s.", category, extension)
	}
	if formatOf(a.Bytes) != extension {
		return invalid("The Bytes of the asset %s are no file of type %s.", category, extension)
	}
	return nil
}

// formatOf tells the format of a picture by what is in it; empty for none that is known.
func formatOf(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte{0, 0, 1, 0}):
		return shape.AssetExtensionTypeIco
	case len(b) > 16 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP":
		return shape.AssetExtensionTypeWebp
	case isSVG(b):
		return shape.AssetExtensionTypeSvg
	}
	switch _, format, err := image.DecodeConfig(bytes.NewReader(b)); {
	case err != nil:
		return ""
	case format == "png":
		return shape.AssetExtensionTypePng
	case format == "jpeg":
		return shape.AssetExtensionTypeJpeg
	}
	return ""
}

// active are elements of SVG that run a script or bring in another document.
var active = map[string]bool{"script": true, "foreignobject": true, "iframe": true, "embed": true, "object": true, "handler": true}

// isSVG accepts a drawing that does nothing but draw: no scripts, no handlers of
// events, no other documents, and no entities by which a small file grows large.
func isSVG(b []byte) bool {
	if !bytes.Contains(b, []byte("<svg")) {
		return false
	}
	d := xml.NewDecoder(bytes.NewReader(b))
	root := ""
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return root == "svg"
		}
		if err != nil {
			return false
		}
		switch t := token.(type) {
		case xml.Directive:
			return false
		case xml.StartElement:
			if root == "" {
				root = t.Name.Local
			}
			if active[strings.ToLower(t.Name.Local)] {
				return false
			}
			for _, a := range t.Attr {
				if acts(a) {
					return false
				}
			}
		}
	}
}

func acts(a xml.Attr) bool {
	if strings.HasPrefix(strings.ToLower(a.Name.Local), "on") {
		return true
	}
	value := strings.ToLower(strings.Join(strings.FieldsFunc(a.Value, func(r rune) bool { return r <= ' ' }), ""))
	return strings.HasPrefix(value, "javascript:") || strings.HasPrefix(value, "data:text/html")
}
