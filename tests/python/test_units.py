"""Units: what converts, by how much, and what is refused with which words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.catalogue.units import UnitConversion, conversion
from workspace.errors import InputError


@pytest.mark.parametrize(
    ("from_unit", "to_unit", "factor", "offset"),
    [
        ("degC", "degC", 1.0, 0.0),
        ("K", "degC", 1.0, -273.15),
        ("0.1 degC", "degC", 0.1, 0.0),
        ("mm/month", "mm/month", 1.0, 0.0),
        ("0.1 mm/month", "mm/month", 0.1, 0.0),
        ("m/year", "mm/year", 1000.0, 0.0),
        ("kgC/m2/year", "gC/m2/year", 1000.0, 0.0),
        ("kg C m-2 yr-1", "gC/m2/year", 1000.0, 0.0),
        ("gC m⁻² a⁻¹", "gC/m2/year", 1.0, 0.0),
        ("tC/ha/year", "gC/m2/year", 100.0, 0.0),
        ("Mt", "Mt", 1.0, 0.0),
        ("kt", "Mt", 1e-3, 0.0),
        ("t", "Mt", 1e-6, 0.0),
        ("Tg", "Mt", 1.0, 0.0),
        ("10^4 t", "Mt", 1e-2, 0.0),
        ("10^4t", "Mt", 1e-2, 0.0),
        ("10^4 tCO2", "MtCO2", 1e-2, 0.0),
        ("10^4 tce", "tce", 1e4, 0.0),
        ("10^8 yuan", "yuan", 1e8, 0.0),
        ("10^4 persons", "persons", 1e4, 0.0),
        ("万吨标准煤", "tce", 1e4, 0.0),
        ("亿立方米", "10^8 m3", 1.0, 0.0),
        ("pct", "1", 0.01, 0.0),
        ("%", "1", 0.01, 0.0),
        ("1", "1", 1.0, 0.0),
    ],
)
def test_known_conversions_are_exact(
    from_unit: str, to_unit: str, factor: float, offset: float
) -> None:
    assert conversion(from_unit, to_unit) == UnitConversion(factor, offset)


def test_a_bare_mass_will_do_where_carbon_dioxide_is_meant() -> None:
    assert conversion("kt", ["MtCO2", "Mt"]) == conversion("ktCO2", ["MtCO2", "Mt"])


@pytest.mark.parametrize(
    ("from_unit", "to_unit", "said"),
    [
        ("furlong", "mm/year", "unit 'furlong' is not known"),
        ("", "Mt", "is not known"),
        ("9**9**9", "1", "is not known"),
        ("t; import os", "Mt", "is not known"),
        ("mm/day", "mm/month", "the length of each month"),
        ("mm/month", "mm/year", "the length of each month"),
        ("mm", "mm/month", "names no time"),
        ("kg/m2/year", "gC/m2/year", "whether it weighs carbon"),
        ("MtC", "MtCO2", "carbon is not carbon dioxide"),
        ("K", "mm/month", "it measures [temperature]"),
        ("pct", "degC", "it measures dimensionless"),
    ],
)
def test_refusals_name_the_unit_the_reason_and_the_accepted_ones(
    from_unit: str, to_unit: str, said: str
) -> None:
    with pytest.raises(InputError) as caught:
        conversion(from_unit, to_unit, where="layer.tif")
    assert said in caught.value.what
    assert caught.value.where == "layer.tif"
    assert caught.value.fix is not None
    assert to_unit in caught.value.fix


@given(st.floats(-200, 200))
def test_kelvin_and_back(celsius: float) -> None:
    there, back = conversion("degC", "K"), conversion("K", "degC")
    assert back.apply(there.apply(celsius)) == pytest.approx(celsius, abs=1e-9)


def test_arrays_keep_their_shape_and_identity_copies_nothing() -> None:
    field = np.arange(6.0).reshape(2, 3)
    assert conversion("gC/m2/year", "gC/m2/year").apply(field) is field
    np.testing.assert_array_equal(conversion("kgC/m2/year", "gC/m2/year").apply(field), field * 1e3)


@given(st.text(max_size=80))
def test_no_text_gets_past_as_anything_but_a_unit_or_an_input_error(text: str) -> None:
    try:
        line = conversion(text, "Mt")
    except InputError:
        return
    assert line.factor > 0
    assert line.offset == 0
