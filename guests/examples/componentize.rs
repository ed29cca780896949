//! Makes a component of a core module that carries its interface, as `wit-bindgen` leaves it there:
//! `componentize MODULE COMPONENT`.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(from), Some(to)) = (arguments.next(), arguments.next()) else {
        return Err("usage: componentize MODULE COMPONENT".into());
    };
    let module = std::fs::read(from)?;
    let component = wit_component::ComponentEncoder::default().module(&module)?.validate(true).encode()?;
    Ok(std::fs::write(to, component)?)
}
